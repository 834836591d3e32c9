# The page in a container, for machines without a GPU; --build-arg TORCH=cuda makes one for NVIDIA's.
# A release names the base by its digest (.github/workflows/release.yml); so does --build-arg BASE=python:3.11-slim@sha256:…
ARG BASE=python:3.11-slim

FROM ${BASE} AS package
WORKDIR /src
COPY constraints.txt pyproject.toml hatch_build.py README.md LICENSE ./
COPY assets assets
COPY resnet_demo resnet_demo
ENV PIP_CONSTRAINT=/src/constraints.txt
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /dist .

FROM ${BASE}

# cpu: PyTorch's build without CUDA, from its own index, of the tested version; its hash is not checked.
# cuda: the build that was tested, and NVIDIA's libraries, each file checked by its hash.
ARG TORCH=cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

# What a stranger's photo or the page writes goes to /tmp, weights that are fetched to /data; nothing else is written to.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RESNET_DEMO_HOST=0.0.0.0 \
    RESNET_DEMO_PORT=7860 \
    TORCH_HOME=/data/torch \
    HF_HOME=/data/huggingface

RUN useradd --uid 1000 --no-create-home visitor && install --directory --owner=1000 --group=1000 /data
WORKDIR /app

# Before the code, so that a change of the code installs nothing again.
COPY requirements.lock requirements-torch.lock ./
RUN if [ "$TORCH" = cuda ]; then \
        pip install --require-hashes --no-deps -r requirements-torch.lock; \
    else \
        sed -nE 's/^(torch|torchvision)==([0-9.]+).*/\1==\2/p' requirements-torch.lock >/tmp/torch.txt \
        && pip install --no-deps --index-url "$TORCH_INDEX" -r /tmp/torch.txt && rm /tmp/torch.txt; \
    fi
RUN pip install --require-hashes --no-deps -r requirements.lock
COPY app.py THIRD_PARTY.md ./
RUN --mount=type=bind,from=package,source=/dist,target=/tmp/dist pip install --no-deps /tmp/dist/*.whl

USER 1000
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['RESNET_DEMO_PORT'] + '/healthz', timeout=4)"]
CMD ["python", "app.py"]

ARG VERSION="" REVISION="" CREATED="" SOURCE="" BASE
LABEL org.opencontainers.image.title="ResNet stages" \
      org.opencontainers.image.description="What each stage of a ResNet looks at: labels, feature maps and Grad-CAM maps" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
