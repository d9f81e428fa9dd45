/** Serves this package on loopback as a JSR registry does. */

import { manifest, root } from "../published.ts";

/** What is served otherwise than it is published. */
export interface RegistryFaults {
  /** A file that has another text than the one that its checksum is of. */
  readonly tampered?: string;
  /** A file that was left out of what is published. */
  readonly missing?: string;
}

/** A running registry; `JSR_URL` points Deno at it. */
export interface JsrRegistry extends AsyncDisposable {
  readonly url: string;
  /** The paths of the package's files that were asked for. */
  readonly requested: ReadonlySet<string>;
}

/**
 * Starts a registry that has one version of one package.
 *
 * What is served are the repository's own files. JSR's are the same: what `deno publish` rewrites
 * are imports by a name of the import map, and published code has none.
 *
 * @param files their paths, from the repository's folder on
 */
export async function startRegistry(
  files: readonly string[],
  { tampered, missing }: RegistryFaults = {},
): Promise<JsrRegistry> {
  const { name, version, exports } = manifest;
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  const checksums: Record<string, { size: number; checksum: string }> = {};
  for (const path of files) {
    if (path === missing) continue;
    const bytes = await Deno.readFile(`${root}${path}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    contents.set(path, bytes);
    checksums[`/${path}`] = { size: bytes.length, checksum: `sha256-${digest.toHex()}` };
  }
  if (tampered !== undefined) {
    const text = await Deno.readTextFile(`${root}${tampered}`);
    contents.set(tampered, new TextEncoder().encode(`${text}\n// harmless\n`));
  }
  const documents: Record<string, unknown> = {
    [`/${name}/meta.json`]: {
      scope: name.slice(1, name.indexOf("/")),
      name: name.slice(name.indexOf("/") + 1),
      latest: version,
      versions: { [version]: { createdAt: "2026-01-01T00:00:00Z" } },
    },
    [`/${name}/${version}_meta.json`]: { manifest: checksums, exports },
  };
  const requested = new Set<string>();
  const folder = `/${name}/${version}/`;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    if (documents[path] !== undefined) return Response.json(documents[path]);
    if (!path.startsWith(folder)) return new Response(null, { status: 404 });
    const file = path.slice(folder.length);
    requested.add(file);
    const bytes = contents.get(file);
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requested,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
