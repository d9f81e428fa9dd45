/** Everything that is public is documented: JSR counts symbols, and this counts their members too. */

import assert from "node:assert/strict";
import { run } from "./program.ts";
import { manifest, root } from "./published.ts";

/** The part of `deno doc --json` that is read. */
interface Documentation {
  readonly nodes: Readonly<Record<string, Module>>;
}

interface Documented {
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly unknown[] };
}

interface Module {
  readonly module_doc?: { readonly doc?: string };
  readonly symbols: readonly { readonly name: string; readonly declarations: Declaration[] }[];
}

interface Declaration extends Documented {
  readonly kind: string;
  readonly location: Location;
  readonly def?: {
    /** Of a name that is exported by several entry points: where it is declared. */
    readonly target?: Location;
    readonly constructors?: readonly Documented[];
    readonly properties?: readonly (Documented & { readonly name: string })[];
    readonly methods?: readonly (Documented & { readonly name: string })[];
  };
}

interface Location {
  readonly filename: string;
  readonly line: number;
}

const modules = Object.values(manifest.exports).map((path) => path.replace("./", ""));

async function documentation(paths: readonly string[], cwd: string): Promise<Documentation> {
  const { stdout } = await run(Deno.execPath(), ["doc", "--json", ...paths], { cwd });
  return JSON.parse(stdout);
}

/** Every symbol and member, and whether it has a text: a setter's is that of its getter. */
function items({ symbols }: Module): [name: string, documented: boolean][] {
  const found = symbols.flatMap(({ name, declarations }) =>
    declarations.filter(({ kind }) => kind !== "reference").flatMap((declaration) => {
      const { constructors = [], properties = [], methods = [] } = declaration.def ?? {};
      return [
        [name, hasText(declaration)],
        ...constructors.map((one) => [`${name}.constructor`, hasText(one)]),
        ...[...properties, ...methods].map((one) => [`${name}.${one.name}`, hasText(one)]),
      ] as [string, boolean][];
    })
  );
  const names = new Map<string, boolean>();
  for (const [name, documented] of found) names.set(name, documented || names.get(name) === true);
  return [...names];
}

function hasText({ jsDoc }: Documented): boolean {
  return (jsDoc?.doc ?? "").trim() !== "" || (jsDoc?.tags ?? []).length > 0;
}

Deno.test("every entry point, public symbol and public member is documented", async () => {
  const { nodes } = await documentation(modules, root);
  assert.equal(Object.keys(nodes).length, modules.length);
  for (const [path, { module_doc }] of Object.entries(nodes)) {
    assert.ok((module_doc?.doc ?? "").trim() !== "", `${path} has no documentation`);
  }
  const declarations = Object.values(nodes)
    .flatMap(({ symbols }) => symbols.flatMap(({ declarations }) => declarations));
  const place = ({ filename, line }: Location) => `${filename}:${line}`;
  const declared = new Set(
    declarations.filter(({ kind }) => kind !== "reference").map(({ location }) => place(location)),
  );
  const lost = declarations.map(({ def }) => def?.target)
    .filter((target) => target !== undefined && !declared.has(place(target)));
  assert.deepEqual(lost, [], "what these names refer to is not looked at");

  const all = Object.values(nodes).flatMap(items);
  const missing = all.filter(([, documented]) => !documented).map(([name]) => name);
  const symbols = all.filter(([name]) => !name.includes("."));
  assert.deepEqual(missing, []);
  assert.ok(symbols.length > modules.length);
  console.log(
    `documented: ${modules.length} of ${modules.length} entry points, ${symbols.length} of ` +
      `${symbols.length} symbols, ${all.length - symbols.length} members`,
  );
});

Deno.test("control: a symbol and a member without a text are missed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rekey-documentation-" });
  try {
    await Deno.writeTextFile(
      `${folder}/mod.ts`,
      "export const bare = 1;\n/** A thing. */\nexport interface Thing { size: number }\n",
    );
    const { nodes } = await documentation(["mod.ts"], folder);
    const found = Object.values(nodes).flatMap(items);
    assert.deepEqual(found, [["bare", false], ["Thing", true], ["Thing.size", false]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the task that lints documentation looks at every entry point", () => {
  const words = manifest.tasks.docs.command.split(" ");
  assert.deepEqual(words.slice(0, 3), ["deno", "doc", "--lint"]);
  assert.deepEqual(words.slice(3).toSorted(), modules.toSorted());
});
