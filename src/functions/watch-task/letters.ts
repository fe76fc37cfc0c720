import type { Message } from "../shared/aws-tell.ts";
import type { Log } from "../shared/log.ts";
import type { LeafId } from "../shared/names.ts";
import type { Letter } from "./letter.ts";
import { lettersMessage } from "./messages.ts";

export interface LettersWorld {
  now(): number;
  /** Some of those that are there, which nobody else gets for a while; none when there are none. */
  receive(): Promise<Letter[]>;
  /** To people, and into the history. */
  tell(message: Message): Promise<void>;
  /** Puts a letter where it is kept, and then takes it from the queue: lost it is never. */
  keep(letter: Letter): Promise<void>;
  /** Says that the alarm is over. */
  calm(): Promise<void>;
}

/** Twenty receives of ten. What is left has its turn a minute later. */
const MOST_RECEIVES = 20;

/**
 * The alarm says that letters are there: one mail for all of them. Then they are moved away and the alarm is over, so that the
 * next letter raises it again. A letter that came meanwhile does so at the alarm's next look.
 * @param kept name of the queue that they are moved to
 * @throws what AWS answers. The letters are still there, and are told of again
 */
export async function readLetters(world: LettersWorld, config: LeafId, kept: string, log: Log): Promise<void> {
  const letters: Letter[] = [];
  for (let round = 0; round < MOST_RECEIVES; round++) {
    const some = await world.receive();
    if (some.length === 0) break;
    letters.push(...some);
  }
  log("letters", { leaf: config.leaf, letters: letters.map(({ id, attributes }) => ({ id, ...attributes })) });
  if (letters.length > 0) await world.tell(lettersMessage(letters, config, kept, world.now()));
  for (const letter of letters) await world.keep(letter);
  await world.calm();
}
