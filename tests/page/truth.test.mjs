// True labels from folders and tables.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as truth from "../../resnet_demo/page/static/truth.js";

const file = (path) => ({ name: path.split("/").at(-1), webkitRelativePath: path.includes("/") ? path : "" });

test("a photo's true label is the folder that it lies in, and a file by itself has none", () => {
  assert.equal(truth.folderOf(truth.pathOf(file("val/n01882714/1.jpg"))), "n01882714");
  assert.equal(truth.folderOf(truth.pathOf(file("koala.jpg"))), null);
  assert.equal(truth.pathOf({ name: "1.jpg", webkitRelativePath: "", pathInFolder: "koala/1.jpg" }), "koala/1.jpg");
});

test("of a folder only photos are taken; a file that was chosen by itself is tried whatever it is called", () => {
  const files = ["a/1.JPG", "a/2.heic", "a/.DS_Store", "a/.hidden.jpg", "a/notes.txt", "a/labels.csv", "odd.xyz"].map(file);
  const { photos, tables, others } = truth.sorted(files);
  const names = (of) => of.map(({ name }) => name);
  assert.deepEqual(names(photos), ["1.JPG", "2.heic", "odd.xyz"]);
  assert.deepEqual(names(tables), ["labels.csv"]);
  assert.deepEqual(names(others), [".DS_Store", ".hidden.jpg", "notes.txt"]);
});

test("where there are more photos than room each folder has its share", () => {
  const files = ["a/1", "a/2", "a/3", "a/4", "b/1", "c/1", "c/2"].map(file);
  assert.deepEqual(truth.spread(files, 5).map(truth.pathOf), ["a/1", "a/2", "b/1", "c/1", "c/2"]);
  assert.deepEqual(truth.spread(files, 99), files);
  assert.deepEqual(truth.spread(files, 0), []);
  assert.deepEqual(truth.spread([], 3), []);
});

test("tables as spreadsheets write them: quotes, a mark at the start, semicolons, tabs, Windows' line ends", () => {
  const wanted = [["a.jpg", 'the "big", cat'], ["b.jpg", "dog"]];
  assert.deepEqual(truth.rowsOf('\ufeffa.jpg,"the ""big"", cat"\r\nb.jpg,dog\r\n\r\n'), wanted);
  assert.deepEqual(truth.rowsOf('a.jpg;"the ""big"", cat"\nb.jpg;dog'), wanted);
  assert.deepEqual(truth.rowsOf('a.jpg\t"the ""big"", cat"\nb.jpg\tdog'), wanted);
  assert.deepEqual(truth.rowsOf('a,"two\nlines"'), [["a", "two\nlines"]]);
  assert.deepEqual(truth.rowsOf(""), []);
});

test("a table's columns are found by what they are called, else they are the first two", () => {
  assert.deepEqual([...truth.truthsOf("split,label,filename\nval,koala,1.jpg\nval,,2.jpg\n")], [["1.jpg", "koala"]]);
  assert.deepEqual([...truth.truthsOf("1.jpg,koala\nx\\2.jpg,cat\n")], [["1.jpg", "koala"], ["x/2.jpg", "cat"]]);
});

test("a table's path goes before a name that several files share", () => {
  const truths = truth.truthsOf("file,label\na/1.jpg,koala\n1.jpg,cat\n");
  assert.equal(truth.truthFor(truths, "a/1.jpg"), "koala");
  assert.equal(truth.truthFor(truths, "b/1.jpg"), "cat");
  assert.equal(truth.truthFor(truths, "2.jpg"), null);
});

test("a label means a class by its key or its name, and none where two share it", () => {
  const classes = [
    { key: "n1", label: "Egyptian cat" },
    { key: "n2", label: "crane (n2)" },
    { key: "n3", label: "crane (n3)" },
    { key: "7", label: "maypole" },
    { key: "8", label: "maypole" },
  ];
  for (const label of ["Egyptian cat", "egyptian_cat", " EGYPTIAN CAT ", "n1"]) assert.equal(truth.keyFor(label, classes), "n1");
  for (const label of ["crane", "maypole", "dog", "", null]) assert.equal(truth.keyFor(label, classes), null);
  assert.equal(truth.keyFor("7", classes), "7");
});
