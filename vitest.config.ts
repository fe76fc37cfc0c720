import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Unless told, one of two processors does nothing while a file waits for its cloud's processes. More than two would have them
    // wait for each other: tests with real containers and browsers take what time they are given.
    maxWorkers: 2,
    // Advice for those who choose the version of Node.js; it would stand in the middle of every report.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
});
