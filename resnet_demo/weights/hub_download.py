"""Fetching weights from the Hugging Face Hub by its own library: with its cache, progress, tokens and offline mode."""

from __future__ import annotations

from pathlib import Path

from resnet_demo.errors import ResNetDemoError, SettingsError, WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints, hub, integrity


def fetch(name: str, settings: Settings) -> Path:
    """Fetch the weights that ``name`` means, unless they are here already and right; they are pinned. Returns the file.

    The configuration comes first: weights of a network that is none of the five are not fetched. Raises ``InputError``
    for no such name, ``WeightsMismatch`` for another network, ``WeightsUnavailable`` where the settings or the Hub's
    offline mode forbid it, for what there is not and for a network that fails, ``WeightsCorrupt`` for another file
    than the Hub describes, ``SettingsError`` without the Hub's library.
    """
    repository = hub.parsed(name)
    here = hub.cached(repository)
    if here is not None and here.sha256 is not None and integrity.matches(here.path, here.sha256):
        hub.pin(repository, here.commit, here.path.name, here.sha256)
        return here.path
    if settings.downloads == "deny":
        raise WeightsUnavailable("hub-denied", weights=name)
    try:
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub import errors as hub_errors
    except ImportError:
        raise SettingsError("extra-missing", what=name, extra="remote") from None
    try:
        seconds = settings.download_timeout
        about = HfApi().model_info(repository.id, revision=repository.revision, files_metadata=True, timeout=seconds)
        commit, files = str(about.sha), {each.rfilename: each for each in about.siblings or []}

        def part(file: str) -> Path:
            return Path(hf_hub_download(repository.id, file, revision=commit, etag_timeout=seconds))

        file = next((each for each in hub.FILES if each in files), None)
        if file is None or hub.CONFIG not in files:
            raise WeightsMismatch("hub-no-weights", weights=name, files=", ".join((*hub.FILES, hub.CONFIG)))
        folder = part(hub.CONFIG).parent
        if hub.PREPROCESSOR in files:
            part(hub.PREPROCESSOR)
        depth = hub.read_config(folder, name).depth
        path = part(file)
    except ResNetDemoError:
        raise
    except hub_errors.OfflineModeIsEnabled as error:
        raise WeightsUnavailable("hub-offline", weights=name) from error
    except (hub_errors.RepositoryNotFoundError, hub_errors.RevisionNotFoundError) as error:
        raise WeightsUnavailable("hub-unknown", weights=name) from error
    except (hub_errors.HTTPError, hub_errors.LocalEntryNotFoundError, OSError) as error:  # HTTPError: of its transport
        cause = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise WeightsUnavailable("hub-failed", weights=name, cause=cause) from error
    digest = integrity.sha256_of(path)
    stored = files[file].lfs
    if stored is not None and stored.sha256 != digest:
        raise WeightsCorrupt("weights-hash", file=name, found=digest[:16], expected=stored.sha256[:16])
    if (held := checkpoints.outline(path).depth) != depth:
        raise WeightsMismatch("weights-other-depth", file=name, held_depth=held, depth=depth)
    hub.pin(repository, commit, file, digest)
    return path
