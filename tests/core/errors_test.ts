import assert from "node:assert/strict";
import { codeOf, isRekeyError, RekeyError } from "../../core/errors.ts";

Deno.test("an error carries code, message, cause, field and attempts", () => {
  const cause = new Error("underneath");
  const attempt = { stage: "current", versionId: "v1", code: "28P01" } as const;
  const attempts = [attempt];
  const error = new RekeyError("INVALID_SECRET", "What was tried.", {
    cause,
    field: "host",
    attempts,
  });
  attempts.push(attempt);
  assert.ok(error instanceof Error && error instanceof RekeyError);
  assert.deepEqual(
    [error.name, error.code, error.message, error.field, error.cause],
    ["RekeyError", "INVALID_SECRET", "What was tried.", "host", cause],
  );
  assert.deepEqual(error.attempts, [attempt]);
  assert.ok(Object.isFrozen(error.attempts));
  assert.match(`${error.stack}`, /RekeyError|What was tried/);
});

Deno.test("an error without details has no cause, no field and no attempts", () => {
  const error = new RekeyError("CLOSED", "Closed.");
  assert.ok(!("cause" in error));
  assert.equal(error.field, undefined);
  assert.deepEqual(error.attempts, []);
  assert.ok("cause" in new RekeyError("CLOSED", "Closed.", { cause: undefined }));
});

Deno.test("an error of another copy of the package is recognised, a look-alike is not", async () => {
  const path = new URL("../../core/errors.ts", import.meta.url).href;
  const copy: { RekeyError: typeof RekeyError } = await import(`${path}?another-copy`);
  const foreign = new copy.RekeyError("CLOSED", "Closed.");
  assert.ok(!(foreign instanceof RekeyError));
  assert.ok(isRekeyError(foreign));
  assert.ok(isRekeyError(new RekeyError("CLOSED", "Closed.")));
  for (const other of [new Error("x"), { code: "CLOSED", name: "RekeyError" }, null, "CLOSED"]) {
    assert.ok(!isRekeyError(other));
  }
});

Deno.test("the brand does not show among the properties", () => {
  const keys = Reflect.ownKeys({ ...new RekeyError("CLOSED", "Closed.") });
  assert.deepEqual(keys.filter((key) => typeof key === "symbol"), []);
});

Deno.test("codeOf finds a code, else a name, and never a value", () => {
  const named = Object.assign(new Error("secret text"), { code: 42 });
  const cases: [thrown: unknown, code: string][] = [
    [Object.assign(new Error("x"), { code: "28P01" }), "28P01"],
    [new RekeyError("CLOSED", "x"), "CLOSED"],
    [new TypeError("x"), "TypeError"],
    [named, "Error"],
    [{ code: "", name: "ResourceNotFoundException" }, "ResourceNotFoundException"],
    [{ code: null, name: "" }, "UNKNOWN"],
    ["secret text", "UNKNOWN"],
    [undefined, "UNKNOWN"],
    [null, "UNKNOWN"],
  ];
  for (const [thrown, code] of cases) assert.equal(codeOf(thrown), code);
});
