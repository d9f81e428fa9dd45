/**
 * The import direction of the house, as a lint rule: core imports only core; an adapter imports
 * core, itself and what every runtime has built in (node:); no published file imports a package.
 */

/** The repository's own folder: one above may be called core as well. */
const root = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/^\/(?=\w:)/, "");

/** The path within the repository. */
function repositoryPath(file: string): string {
  const path = file.replaceAll("\\", "/");
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** The published folder that a file belongs to. */
function roomOf(file: string): RegExpMatchArray | null {
  return file.match(/^(core|adapters\/[^/]+)\/.+$/);
}

/** Why this import breaks the direction, or undefined when it is fine. Paths are repository paths. */
export function importFault(file: string, specifier: string): string | undefined {
  const room = roomOf(file);
  if (room === null) return undefined;
  const home = room[1]!;
  if (home !== "core" && specifier.startsWith("node:")) return undefined;
  if (!specifier.startsWith(".")) {
    return `published code imports no package: "${specifier}". Take it as a parameter (a structural port) instead.`;
  }
  const target = resolve(file, specifier);
  if (target.startsWith("core/")) return undefined;
  if (home !== "core" && target.startsWith(`${home}/`)) return undefined;
  return home === "core"
    ? `core imports only core, not "${target}".`
    : `an adapter imports core and itself only, not "${target}".`;
}

function resolve(file: string, specifier: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The text of a literal, or of a template in which nothing is computed. */
function textOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "TSLiteralType") return textOf(node.literal);
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.cooked;
  }
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

const plugin: Deno.lint.Plugin = {
  name: "rekey",
  rules: {
    "import-direction": {
      create(context) {
        const file = repositoryPath(context.filename);
        const judge = (node: Deno.lint.Node, specifier: string | undefined) => {
          const message = specifier !== undefined
            ? importFault(file, specifier)
            : roomOf(file) !== null
            ? "published code names what it imports: this name is computed."
            : undefined;
          if (message !== undefined) context.report({ node, message });
        };
        const check = (node: { source: Deno.lint.StringLiteral | null }) => {
          if (node.source !== null) judge(node.source, node.source.value);
        };
        return {
          ImportDeclaration: check,
          ExportNamedDeclaration: (node) =>
            check(node as { source: Deno.lint.StringLiteral | null }),
          ExportAllDeclaration: check,
          ImportExpression: (node) => judge(node.source, textOf(node.source)),
          TSImportType: (node) => judge(node, textOf(node.argument)),
        };
      },
    },
  },
};
export default plugin;
