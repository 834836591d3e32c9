// Residual vectors as retrieval had them before: each feature minus the centre that it is nearest to, and their sum per
// centre (VLAD: Jégou et al. 2012, "Aggregating Local Image Descriptors into Compact Codes", section III).

/** The number of the centre nearest to a point; both are [x, y]. */
export const nearest = ([x, y], centres) => {
  const far = centres.map(([cx, cy]) => (x - cx) ** 2 + (y - cy) ** 2);
  return far.indexOf(Math.min(...far));
};

/** For each centre the sum of its points' differences from it, [x, y]. */
export function sumsOfResiduals(points, centres) {
  const sums = centres.map(() => [0, 0]);
  for (const point of points) {
    const number = nearest(point, centres);
    sums[number] = sums[number].map((sum, axis) => sum + point[axis] - centres[number][axis]);
  }
  return sums;
}
