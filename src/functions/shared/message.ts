export interface Message {
  /** At most 100 ASCII characters without line breaks (Amazon SNS API reference, Publish); see `asSubject`. */
  readonly subject: string;
  readonly body: string;
}
