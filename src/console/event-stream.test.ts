import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventStream, MOST_UNREAD } from "./event-stream.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a page gets; one that does not read takes the first piece and no other. */
function response({ reads }: { reads: boolean }) {
  let text = "";
  const writable = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += String(chunk);
      if (reads) done();
    },
  });
  return { response: Object.assign(writable, { writeHead: () => {} }) as unknown as ServerResponse, text: () => text };
}

test("it says when to connect again, and beats now and then", async () => {
  const { response: to, text } = response({ reads: true });
  let ended = 0;
  const stream = new EventStream(to, {}, () => ended++);
  stream.send("line", '{"a":1}');
  expect(text()).toBe('retry: 1000\n\nevent: line\ndata: {"a":1}\n\n');
  await vi.advanceTimersByTimeAsync(31_000);
  expect(text()).toMatch(/: \n\n: \n\n$/);
  stream.end();
  stream.send("line", "{}");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(text()).not.toContain("{}");
  expect(ended).toBe(1);
});

test("a page that reads nothing is let go before it fills the memory", async () => {
  const { response: to } = response({ reads: false });
  const ended = vi.fn();
  const stream = new EventStream(to, {}, ended);
  const piece = JSON.stringify("x".repeat(MOST_UNREAD / 4));
  for (let i = 0; i < 3; i++) stream.send("line", piece);
  expect(to.destroyed).toBe(false);
  for (let i = 0; i < 3; i++) stream.send("line", piece);
  expect(to.destroyed).toBe(true);
  expect(to.writableLength).toBeLessThan(2 * MOST_UNREAD);
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toHaveBeenCalledOnce();
});
