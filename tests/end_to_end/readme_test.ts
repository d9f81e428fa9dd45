import assert from "node:assert/strict";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { fileURLToPath } from "node:url";
import { assertNoSecretIn } from "../leaks.ts";
import { type PostgresServer, startPostgres } from "../servers/postgres/mod.ts";
import { startSecretsManager } from "../servers/secrets_manager/mod.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const password = "read-in-the-readme";

/** The first TypeScript example of the README, as it stands there. */
async function firstExample(): Promise<string> {
  const readme = await Deno.readTextFile(`${root}README.md`);
  const example = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1];
  assert.ok(example !== undefined, "the README has no example in TypeScript");
  return example;
}

/** What an app does with the example: a query, and the end. */
const usage = `
const rows = await db.execute("select current_user as name, ssl from pg_stat_ssl where pid = pg_backend_pid()");
console.log(JSON.stringify(rows[0]));
await sql.end();
credentials.close();
client.destroy();
`;

/** Runs the example in a process of its own that trusts `authority`. */
async function runExample(server: PostgresServer, endpoint: string, authority: string) {
  const certificates = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(certificates, authority);
    // Nothing in the text is replaced: what is special about this place is in the environment.
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", "--ext=ts", "--cert", certificates, "-"],
      cwd: root,
      env: {
        NO_COLOR: "1",
        AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
        AWS_ACCESS_KEY_ID: "readme",
        AWS_SECRET_ACCESS_KEY: "not-a-secret",
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(await firstExample() + usage));
    await writer.close();
    const { success, stdout, stderr } = await process.output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertNoSecretIn([out, err], [password, server.superuser.password]);
    return { success, out: out!, err: err! };
  } finally {
    await Deno.remove(certificates);
  }
}

Deno.test("the README's first example runs as it stands, over TLS that it verifies", async () => {
  await using server = await startPostgres({ tls: { required: true } });
  await using double = await startSecretsManager();
  const admin = server.admin();
  await admin.unsafe(`create role shop login password '${password}'`);
  await admin`create database app owner shop`;
  const owner = new SecretsManager(double.clientConfig("owner"));
  const { port } = server;
  const secret = { engine: "postgres", host: "localhost", port, username: "shop", password };
  await owner.createSecret({ Name: "prod/app-db", SecretString: JSON.stringify(secret) });
  owner.destroy();

  const { success, out, err } = await runExample(server, double.endpoint, server.tls!.ca);
  assert.ok(success, `the example ended with: ${err}`);
  assert.deepEqual(JSON.parse(out), { name: "shop", ssl: true });
  assert.equal(err, "");
  assert.deepEqual(double.calls({ accessKeyId: "readme" }).map(({ outcome }) => outcome), ["ok"]);

  const distrusting = await runExample(server, double.endpoint, server.tls!.otherCa);
  assert.ok(!distrusting.success, "an unknown authority was trusted");
  assert.match(distrusting.err, /certificate/i);
  assert.equal(distrusting.out, "");
});
