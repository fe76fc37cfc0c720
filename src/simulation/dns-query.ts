/** A query for a name's A records, as resolvers send it (RFC 1035, section 4.1), without EDNS. */
export function aQuery(name: string, id: number): Buffer {
  const labels = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]);
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id & 0xff_ff, 0);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}
