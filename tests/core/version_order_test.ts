import assert from "node:assert/strict";
import { VersionOrder } from "../../core/provider/version_order.ts";

/** The order of versions after sightings such as `pending v2`, oldest first. */
function seen(...sightings: readonly string[]): string {
  const order = new VersionOrder();
  const versions = sightings.map((sighting) => {
    const [stage, versionId] = sighting.split(" ");
    order.observe(stage as "current" | "pending" | "previous", versionId!);
    return versionId!;
  });
  return [...new Set(versions)].sort((a, b) => order.isNewer(a, b) ? 1 : -1).join(" < ");
}

Deno.test("versions are ordered as they first became visible", () => {
  assert.equal(seen("current v1", "pending v2", "current v2"), "v1 < v2");
});

Deno.test("what is first seen as previous comes directly before what is current", () => {
  assert.equal(seen("current v1", "current v3", "previous v2"), "v1 < v2 < v3");
});

Deno.test("what is first seen as previous is placed anew when the current version turns out to be another", () => {
  assert.equal(seen("current v2", "previous v3"), "v3 < v2");
  assert.equal(seen("current v2", "previous v3", "current v4"), "v2 < v3 < v4");
  assert.equal(seen("current v2", "previous v1", "current v2", "current v3"), "v1 < v2 < v3");
});

Deno.test("a pending version that becomes current is newer than what became current before it", () => {
  assert.equal(seen("current v1", "pending v3", "current v2"), "v1 < v3 < v2");
  assert.equal(seen("current v1", "pending v3", "current v2", "current v3"), "v1 < v2 < v3");
});

Deno.test("a version that was left stays the older one when it becomes current again", () => {
  assert.equal(seen("pending v1", "current v1", "current v2", "current v1"), "v1 < v2");
  assert.equal(seen("pending v1", "current v2", "previous v1", "current v1"), "v1 < v2");
});
