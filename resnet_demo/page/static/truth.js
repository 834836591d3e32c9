// What photos really show, as a visitor's folders or a table of theirs say it. Pure; nothing of it is sent anywhere.

/** Where a file lay in the folder that was chosen or dropped; its name where there was none. */
export const pathOf = (file) => file.pathInFolder || file.webkitRelativePath || file.name;

/** The name of the folder that a path's file lies in, null for a file by itself. */
export const folderOf = (path) => path.split("/").at(-2) ?? null;

const PHOTO = /\.(jpe?g|jpe|jfif|mpo|a?png|webp|gif|bmp|tiff?|avifs?|hei[cf]s?|hif)$/i;
const TABLE = /\.(csv|tsv)$/i;

/** Files as {photos, tables, others}. Of a folder only what has the ending of a photo is one, as on the command line. */
export function sorted(files) {
  const kinds = { photos: [], tables: [], others: [] };
  for (const file of files) {
    const hidden = file.name.startsWith(".");
    if (TABLE.test(file.name)) kinds.tables.push(file);
    else if (folderOf(pathOf(file)) !== null && (hidden || !PHOTO.test(file.name))) kinds.others.push(file);
    else kinds.photos.push(file);
  }
  return kinds;
}

/** At most `room` photos, taken in turn from each folder, so that each has its share; in the order they came in. */
export function spread(photos, room) {
  const folders = new Map();
  for (const photo of photos) {
    const folder = folderOf(pathOf(photo));
    folders.set(folder, [...(folders.get(folder) ?? []), photo]);
  }
  const taken = new Set();
  for (let place = 0; taken.size < Math.min(room, photos.length); place++) {
    for (const inside of folders.values()) if (inside[place] && taken.size < room) taken.add(inside[place]);
  }
  return photos.filter((photo) => taken.has(photo));
}

/** The rows of a CSV text (RFC 4180), parted by commas, semicolons or tabs, whichever its first line has most of. */
export function rowsOf(text) {
  const plain = text.replace(/^\ufeff/, "");
  const [first] = plain.replaceAll(/"[^"]*"/g, "").split(/\r?\n/, 1);
  const count = (mark) => first.split(mark).length;
  const mark = [",", ";", "\t"].sort((a, b) => count(b) - count(a))[0];
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < plain.length; i++) {
    const letter = plain[i];
    const row = rows.at(-1);
    if (quoted && letter === '"' && plain[i + 1] === '"') row[row.length - 1] += plain[++i];
    else if (letter === '"' && (quoted || row.at(-1) === "")) quoted = !quoted;
    else if (quoted || !["\r", "\n", mark].includes(letter)) row[row.length - 1] += letter;
    else if (letter === mark) row.push("");
    else if (letter === "\n") rows.push([""]);
  }
  return rows.map((row) => row.map((cell) => cell.trim())).filter((row) => row.some(Boolean));
}

const FILES = /^(file(name)?|name|path|image|photo|img|id)$/i;
const LABELS = /^(label|class|truth|target|category|wnid|synset|y)$/i;

/**
 * What a table says of files, {file: label}: of the columns that are called so, else of the first two. A first line that
 * names them is none of the files.
 */
export function truthsOf(text) {
  const rows = rowsOf(text);
  const [head = []] = rows;
  const file = head.findIndex((cell) => FILES.test(cell));
  const label = head.findIndex((cell) => LABELS.test(cell));
  const named = file >= 0 && label >= 0;
  const [from, to] = named ? [file, label] : [0, 1];
  const told = rows.slice(named ? 1 : 0).filter((row) => row[from] && row[to]);
  return new Map(told.map((row) => [row[from].replaceAll("\\", "/"), row[to]]));
}

/** What a table says of a file: by its whole path, else by its name. */
export const truthFor = (truths, path) => truths.get(path) ?? truths.get(path.split("/").at(-1)) ?? null;

const plain = (text) => text.trim().replaceAll("_", " ").toLowerCase();

/**
 * The key of the class that a label means, among {key, label} of one network: by its key, else by its label without regard
 * to case and with _ for spaces. Null where it is none, or where several classes share it.
 */
export function keyFor(label, classes) {
  if (label === null) return null;
  if (classes.some(({ key }) => key === label)) return label;
  const found = classes.filter((each) => [each.label, each.english ?? each.label].some((name) => plain(name) === plain(label)));
  return found.length === 1 ? found[0].key : null;
}
