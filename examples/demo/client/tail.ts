/** The end of what a process prints. */

const kept = 4_000;

/** The last 4,000 characters of a stream, once it has ended. */
export async function tailOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-kept);
  }
  return text;
}
