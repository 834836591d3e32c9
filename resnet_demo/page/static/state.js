// What the page knows: the network chosen, the photos, what is asked of the server and what has come back.
// Pure functions over one plain object; page.js shows it and talks to the server.

/**
 * A photo: `key` is its name here, `name` the file's; `path` where the server stored it, or `example` one of its own.
 * `from` is where an upload lay in its folder, and `truth` what it really shows, as its folder or a table says.
 * `target` and `contrast` are class keys chosen by the visitor, null for "the most probable" and "nothing".
 * `wanted` says that an answer is due, `answer` holds the last one, `error` what went wrong.
 */
export function newPhoto(fields) {
  return {
    path: null,
    example: null,
    from: null,
    truth: null,
    thumb: null,
    target: null,
    contrast: null,
    wanted: false,
    answer: null,
    error: null,
    ...fields,
  };
}

export function newState() {
  return {
    depth: 18,
    weights: null,
    photos: [],
    selected: null,
    run: 0,
    running: false,
    place: null,
    error: null,
    stopped: false,
  };
}

/** How requests and links name a class: by WordNet id where it has one, else by its index in this network. */
export const keyOf = (each) => each.wnid ?? String(each.index);

export const photoOf = (state, key) => state.photos.find((photo) => photo.key === key) ?? null;

export const selectedPhoto = (state) => photoOf(state, state.selected);

/** Add photos, select the first of them, and want an answer for each. Returns those that did not fit. */
export function addPhotos(state, photos, most) {
  const room = Math.max(0, most - state.photos.length);
  const added = photos.slice(0, room);
  state.photos.push(...added);
  for (const photo of added) want(photo);
  if (added.length) state.selected = added[0].key;
  return photos.slice(room);
}

/** One photo in place of all others: what a click on an example does. */
export function replacePhotos(state, photo) {
  state.photos = [photo];
  state.selected = photo.key;
  want(photo);
}

export function removePhoto(state, key) {
  const at = state.photos.findIndex((photo) => photo.key === key);
  if (at < 0) return;
  state.photos.splice(at, 1);
  if (state.selected === key) state.selected = (state.photos[at] ?? state.photos[at - 1])?.key ?? null;
}

export function want(photo) {
  photo.wanted = true;
  photo.error = null;
}

/** Another network: every photo is due again. Weights chosen by hand hold for their own depth only. */
export function chooseNetwork(state, depth, weights) {
  state.depth = depth;
  state.weights = weights;
  state.photos.forEach(want);
}

/** Another class for one photo; `target` null is its most probable, `contrast` null no other class. */
export function chooseClass(photo, target, contrast) {
  photo.target = target;
  photo.contrast = contrast === target ? null : contrast;
  want(photo);
}

/** What is asked of the server now: everything due, the photo in view first. A new number makes older answers void. */
export function request(state) {
  state.run += 1;
  state.running = true;
  state.stopped = false;
  state.place = null;
  state.error = null;
  const due = state.photos.filter((photo) => photo.wanted);
  due.sort((a, b) => (b.key === state.selected) - (a.key === state.selected));
  return {
    run: state.run,
    depth: state.depth,
    weights: state.weights,
    photos: due.map(({ key, name, path, example, target, contrast }) => ({
      key,
      name,
      path,
      example,
      target,
      contrast,
    })),
  };
}

/** Whether a photo's answer is of the network and the classes that are chosen now. `choice` is the network's weights. */
export function isAnswered({ answer, target, contrast }, choice) {
  if (!answer || answer.network.depth !== choice?.depth || answer.network.weights !== choice.name) return false;
  return answer.chosen.target === target && answer.chosen.contrast === contrast;
}

/** The photos that an answer is still to be had for. */
export const unanswered = (state, choice) =>
  state.photos.filter((photo) => (photo.path || photo.example) && !photo.error && !isAnswered(photo, choice));

/**
 * Where the photo in view stands: "none" (there is no photo), "failed", "uploading", "missing" (the network chosen has no
 * weights here), "queue", "working", "stopped" or "done".
 */
export function standing(state, choice) {
  const photo = selectedPhoto(state);
  if (!choice) return "working"; // it is not known yet what networks there are
  if (!choice.available) return "missing";
  if (!photo) return "none";
  if (photo.error) return "failed";
  if (photo.uploading) return "uploading";
  if (state.running && photo.wanted) return state.place ? "queue" : "working";
  return isAnswered(photo, choice) ? "done" : "stopped";
}

/** Take in a message of the server. Returns whether it was for the current run; older ones change nothing. */
export function receive(state, message) {
  if (message.run !== state.run || state.stopped) return false;
  for (const [key, told] of Object.entries(message.photos ?? {})) {
    const photo = photoOf(state, key);
    if (!photo || !photo.wanted) continue;
    photo.wanted = false;
    if (told.error) {
      photo.error = told.error;
      photo.answer = null; // never an old label beside a photo that could not be read
    } else {
      // A class chosen for another network that this one does not know: the most probable is explained in its place.
      photo.dropped =
        photo.target !== null && told.chosen.target === null ? (photo.answer?.target.label ?? photo.target) : null;
      photo.answer = told;
      photo.target = told.chosen.target;
      photo.contrast = told.chosen.contrast;
    }
  }
  state.place = message.place ?? null;
  state.error = message.error ?? null;
  if (message.done) {
    state.running = false;
    state.place = null;
  }
  return true;
}

/** The run came to nothing; what was due stays due, for the next one. */
export function fail(state, error) {
  Object.assign(state, { running: false, place: null, error });
}

/** Nothing more is due; what has been answered stays. */
export function stop(state) {
  state.stopped = true;
  state.running = false;
  state.place = null;
  for (const photo of state.photos) photo.wanted = false;
}
