import type { Timer } from "../../core/clock.ts";
import type { Scope } from "../../core/scope.ts";
import type { EcrParts } from "./index.ts";
import { cancelUpload, type At, blobsAt } from "./content/layers.ts";
import { imagesAt } from "./content/images.ts";
import { expiring } from "./lifecycle/evaluate.ts";
import { parsePolicy } from "./lifecycle/policy.ts";
import { allRepositories, blobs, downloads, type ImageRow, repositories, tokens, uploads } from "./state.ts";

/** "Affected images are expired within 24 hours": here once a day, and after each push to the repository. */
const DAY_MS = 24 * 3_600_000;

type Deps = Pick<EcrParts, "store" | "clock" | "files" | "log">;

/** Ends what life-cycle policies and time end: images, then the content that no image names, uploads that nobody completes. */
export class Housekeeping {
  private readonly deps: Deps;
  private timer: Timer | undefined;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    const { store, files } = this.deps;
    const inUse = allRepositories(store).flatMap(({ scope, repository }) =>
      blobs(store, scope, repository.name)
        .values()
        .map(({ digest }) => digest),
    );
    const open = uploads(store)
      .values()
      .map(({ id }) => id);
    files.keepOnly(new Set([...inUse, ...open]));
    this.arm();
  }

  stop(): void {
    this.timer?.cancel();
  }

  /** An image has come into a repository. */
  pushed(at: At): void {
    this.expire(at);
  }

  /** Images have been deleted: what only they named goes, unless somebody who pushes has asked for it meanwhile. */
  removed(at: At, gone: readonly ImageRow[]): void {
    for (const image of gone)
      for (const digest of image.blobs) if ((blobsAt(this.deps, at).get(digest)?.touched ?? 0) <= image.pushed) this.drop(at, digest);
  }

  /** A repository has been deleted, and its images with it. */
  emptied(at: At): void {
    for (const { digest } of blobsAt(this.deps, at).values()) this.drop(at, digest);
    for (const upload of uploads(this.deps.store).filter((each) => sameRepository(each, at))) cancelUpload(this.deps, upload);
  }

  private arm(): void {
    this.timer = this.deps.clock.setTimer(DAY_MS, () => {
      this.arm();
      this.daily();
    });
  }

  private daily(): void {
    const { store, clock } = this.deps;
    const yesterday = clock.now() - DAY_MS;
    for (const { scope, repository } of allRepositories(store)) {
      const at = { ...scope, repository: repository.name };
      this.expire(at);
      for (const { digest, touched } of blobsAt(this.deps, at).values()) if (touched <= yesterday) this.drop(at, digest);
    }
    for (const upload of uploads(store).filter(({ started }) => started <= yesterday)) cancelUpload(this.deps, upload);
    for (const table of [tokens(store), downloads(store)])
      for (const [key, { expires }] of table.entries()) if (expires <= clock.now()) table.delete(key);
  }

  private expire(at: At): void {
    const { store, clock, log } = this.deps;
    const policy = repositories(store, at).get(at.repository)?.lifecyclePolicy;
    if (policy === undefined) return;
    const table = imagesAt(this.deps, at);
    const gone = [...expiring(parsePolicy(policy), table.values(), clock.now()).keys()].map((digest) => table.get(digest)!);
    if (gone.length === 0) return;
    for (const { digest } of gone) table.delete(digest);
    log(`rouse: the life-cycle policy of the repository ${at.repository} has expired ${gone.map(shown).join(", ")}`);
    this.removed(at, gone);
  }

  /** Takes a blob out of a repository where no image of it names it; the file goes with its last repository. */
  private drop(at: At, digest: string): void {
    const { store, files } = this.deps;
    if (imagesAt(this.deps, at).find((image) => image.blobs.includes(digest))) return;
    blobsAt(this.deps, at).delete(digest);
    if (!allRepositories(store).some(({ scope, repository }) => blobs(store, scope, repository.name).has(digest))) files.remove(digest);
  }
}

const shown = ({ tags, digest }: ImageRow): string => (tags.length > 0 ? tags.join(", ") : digest);

const sameRepository = (one: Scope & { repository: string }, other: At): boolean =>
  one.account === other.account && one.region === other.region && one.repository === other.repository;
