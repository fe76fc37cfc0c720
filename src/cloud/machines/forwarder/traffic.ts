/**
 * NetworkIn and NetworkOut count whole packets on the instance's interface. Here the payload is measured, and the headers
 * of the packets that it fills on Ethernet are added. Acknowledgements without payload are not counted.
 */
const TCP_HEADERS = 52; // IPv4 (20), TCP (20) with its timestamps (12)
const UDP_HEADERS = 28; // IPv4 (20), UDP (8)
const TCP_SEGMENT = 1448; // 1500 less TCP_HEADERS
const UDP_FRAGMENT = 1480; // 1500 less IPv4

/** Packets and bytes on the wire for `bytes` of a TCP stream that were carried at once. */
export function tcpTraffic(bytes: number): { packets: number; bytes: number } {
  const packets = Math.ceil(bytes / TCP_SEGMENT);
  return { packets, bytes: bytes + packets * TCP_HEADERS };
}

/** The handshake and the end of a TCP connection: packets of headers alone, each way. */
export const TCP_CONNECTION = { packets: 2, bytes: 2 * TCP_HEADERS };

/** Packets and bytes on the wire for one datagram. */
export function udpTraffic(bytes: number): { packets: number; bytes: number } {
  return { packets: Math.max(1, Math.ceil((bytes + 8) / UDP_FRAGMENT)), bytes: bytes + UDP_HEADERS };
}
