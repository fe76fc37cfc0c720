/** Text as Mermaid takes it inside quotes. */
export const quoted = (text: string): string => `"${text.replaceAll('"', "#quot;")}"`;

export const identifier = (text: string): string => text.replaceAll(/[^A-Za-z0-9]+/g, "_");
