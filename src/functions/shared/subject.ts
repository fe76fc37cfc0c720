/** A mail's subject: at most 100 ASCII characters without line breaks (Amazon SNS API reference, Publish). ECS's reasons may be long, and may hold anything. */
export const asSubject = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 100);
