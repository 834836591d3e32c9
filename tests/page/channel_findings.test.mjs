// What is found of channels across the visitor's photos stays with the answers that it was asked of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelFindings } from "../../resnet_demo/page/static/channel_findings.js";

const NETWORK = { depth: 18, weights: "made" };

function pageOf(photos, given) {
  const asked = [];
  const page = {
    payload: { network: NETWORK },
    state: { photos },
    async json(address) {
      asked.push(address);
      return given();
    },
  };
  return { page, asked };
}

test("a photo that is given another answer while channels are on their way keeps those that were asked for", async () => {
  const photos = ["a", "b", "c"].map((id) => ({ name: `${id}.png`, answer: { id, network: NETWORK } }));
  const { page, asked } = pageOf(photos, () => {
    photos[0].answer = { id: "later", network: { depth: 34, weights: "made" } };
    photos[1].answer = null;
    return { a: { means: [1, 2] }, b: { means: [3, 4] } };
  });
  const found = await new ChannelFindings(page).acrossPhotos("layer2", [5, 7]);
  assert.deepEqual(asked, ["ui/channels/layer2?ids=a,b,c&channels=5,7"]);
  assert.deepEqual(found, [
    { name: "a.png", id: "a", means: [1, 2] },
    { name: "b.png", id: "b", means: [3, 4] },
  ]);
});

test("only photos that the network in view has answered are asked of", () => {
  const photos = [
    { name: "a.png", answer: { id: "a", network: NETWORK } },
    { name: "b.png", answer: { id: "b", network: { depth: 34, weights: "made" } } },
    { name: "c.png", answer: null },
  ];
  const { page } = pageOf(photos);
  assert.deepEqual(
    new ChannelFindings(page).photos().map(({ name }) => name),
    ["a.png"],
  );
});
