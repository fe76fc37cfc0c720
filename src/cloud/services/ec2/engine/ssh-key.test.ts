import { createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { makeKey, readPublicKey } from "./ssh-key.ts";

test("an RSA key is PKCS#1, and its public half is its own", async () => {
  const made = await makeKey("rsa");
  expect(made.privateKey).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(readPublicKey(made.privateKey)?.publicKey).toBe(made.publicKey);
  expect(made.fingerprint).toMatch(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/);
  expect(createPrivateKey(made.privateKey).asymmetricKeyDetails?.modulusLength).toBe(2048);
});

test("an ED25519 key is in OpenSSH's format, with its public key inside", async () => {
  const made = await makeKey("ed25519");
  const body = Buffer.from(made.privateKey.split("\n").slice(1, -1).join(""), "base64");
  expect(body.toString("latin1", 0, 14)).toBe("openssh-key-v1");
  expect(body.includes(Buffer.from(made.publicKey.split(" ")[1]!, "base64"))).toBe(true);
});

test("a public key is read as it was written, with its comment left out", async () => {
  const { publicKey } = await makeKey("rsa");
  expect(readPublicKey(`${publicKey} me@here`)).toMatchObject({ type: "rsa", publicKey });
  expect(readPublicKey("ssh-rsa AAAA")).toBeUndefined();
  expect(readPublicKey("nonsense")).toBeUndefined();
});
