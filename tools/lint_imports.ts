/**
 * The import direction of the house, as a lint rule: core imports only core; an adapter imports
 * core, itself and what every runtime has built in (node:); no published file imports a package.
 */

/** Why this import breaks the direction, or undefined when it is fine. Paths are repository paths. */
export function importFault(file: string, specifier: string): string | undefined {
  const room = file.match(/(?:^|\/)(core|adapters\/[^/]+)\/(?:.*)$/);
  if (room === null || /(?:^|\/)(tests|bench|examples)\//.test(file)) return undefined;
  const home = room[1]!;
  if (home !== "core" && specifier.startsWith("node:")) return undefined;
  if (!specifier.startsWith(".")) {
    return `published code imports no package: "${specifier}". Take it as a parameter (a structural port) instead.`;
  }
  const target = resolve(room[0].replace(/^\//, ""), specifier);
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

const plugin: Deno.lint.Plugin = {
  name: "rekey",
  rules: {
    "import-direction": {
      create(context) {
        const file = context.filename.replaceAll("\\", "/");
        const check = (node: { source: Deno.lint.StringLiteral | null }) => {
          if (node.source === null) return;
          const message = importFault(file, node.source.value);
          if (message !== undefined) context.report({ node: node.source, message });
        };
        return {
          ImportDeclaration: check,
          ExportNamedDeclaration: (node) =>
            check(node as { source: Deno.lint.StringLiteral | null }),
          ExportAllDeclaration: check,
          ImportExpression(node) {
            if (node.source.type !== "Literal" || typeof node.source.value !== "string") return;
            const message = importFault(file, node.source.value);
            if (message !== undefined) context.report({ node: node.source, message });
          },
        };
      },
    },
  },
};
export default plugin;
