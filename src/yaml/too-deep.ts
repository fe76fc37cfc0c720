import { Lexer, Parser } from "yaml";

/**
 * Whether more than `levels` collections are open somewhere in a YAML or JSON text. What makes nodes of them is recursive: ten
 * thousand opening brackets exhaust its stack, and where V8 compiles a pattern near the end of the stack, it ends the process
 * ("RegExpCompiler Allocation failed"). So whoever reads a text of others looks here first: this parser keeps its stack in an array.
 */
export function isTooDeep(text: string, levels: number): boolean {
  const parser = new Parser();
  // A document, and the scalars and keys of the innermost collection, are open beside the collections.
  const most = levels + 10;
  for (const token of new Lexer().lex(text)) {
    // Its tokens are of no interest; they come only as they are taken.
    for (const _ of parser.next(token)) if (parser.stack.length > most) return true;
    if (parser.stack.length > most) return true;
  }
  return false;
}
