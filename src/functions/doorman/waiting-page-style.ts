/** Of the waiting page: a sun that rises behind hills while the service wakes. No images, no fonts, nothing from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --rise: 0; --paper: #fffdf9; --page: #f3eee6; --ink: #2b2620; --soft: #6e655a; --line: #e9e1d5; --glow: #e8833a; --warn: #a8480f; --done: #c98a4b; --bad: #a3362c;
  --sky1: #28355c; --sky2: #8a6f9e; --sky3: #f0b48a; --hill: #4b4a63; --far: #77698a; --sun: #ffd28a }
[data-phase=starting] { --rise: .12 } [data-phase=image] { --rise: .36 } [data-phase=container] { --rise: .6 } [data-phase=health] { --rise: .84 } [data-phase=ready] { --rise: 1.08 }
[data-state=crashed] { --rise: 0; --sky1: #3a2530; --sky2: #6b3a45; --sky3: #b4645a; --hill: #37262f; --far: #5a3a45 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1d1c24; --page: #121118; --ink: #efe9e1; --soft: #a8a098; --line: #35333f; --glow: #f09a55; --warn: #f09a55; --done: #b98550; --bad: #f0a29a;
    --sky1: #0d1226; --sky2: #2f2a4d; --sky3: #8a5763; --hill: #17161f; --far: #2b2838; --sun: #ffbf73 }
  [data-state=crashed] { --sky1: #1c1218; --sky2: #3a2029; --sky3: #6e3c3c; --hill: #191217; --far: #2c1c24 }
}
* { box-sizing: border-box; margin: 0 }
html, body { height: 100% }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-font-smoothing: antialiased }
main { min-height: 100%; max-width: 30rem; margin: 0 auto; padding: 2rem 1.25rem; display: flex; flex-direction: column; justify-content: center }
.sky { position: relative; flex: none; height: 11rem; overflow: hidden; border-radius: 1.25rem 1.25rem 0 0; background: linear-gradient(var(--sky1), var(--sky2) 55%, var(--sky3)) }
.sky * { position: absolute }
.sky::after { content: ""; position: absolute; inset: 0; background: radial-gradient(circle at 50% 85%, #ffdca8, #f7a86d55 38%, transparent 68%); opacity: calc(var(--rise) * .85); transition: opacity 2.5s }
.sun { left: calc(50% - 2.75rem); bottom: -3.5rem; width: 5.5rem; height: 5.5rem; border-radius: 50%; background: var(--sun); box-shadow: 0 0 2.5rem .5rem #ffcf8f88; transform: translateY(calc(var(--rise) * -6.75rem)); transition: transform 2.5s cubic-bezier(.2, .7, .2, 1); z-index: 1 }
.hill { z-index: 2; left: -34%; width: 105%; height: 9rem; bottom: -7rem; border-radius: 50%; background: var(--hill) }
.right { left: 42%; width: 95%; bottom: -6.7rem }
.far { left: 8%; width: 96%; bottom: -6.5rem; background: var(--far); z-index: 1 }
.stars { inset: 0; opacity: calc(.85 - var(--rise) * .7); transition: opacity 2.5s; animation: twinkle 5s ease-in-out infinite;
  background: radial-gradient(circle at 12% 22%, #fff 1.2px, #fff0 2px), radial-gradient(circle at 58% 14%, #fff 1.2px, #fff0 2px), radial-gradient(circle at 84% 16%, #fff 1.2px, #fff0 2px) }
.more { animation-delay: -2.5s;
  background: radial-gradient(circle at 27% 12%, #fff .8px, #fff0 1.6px), radial-gradient(circle at 41% 28%, #fff .8px, #fff0 1.6px), radial-gradient(circle at 72% 30%, #fff .8px, #fff0 1.6px), radial-gradient(circle at 92% 36%, #fff .8px, #fff0 1.6px) }
.card { background: var(--paper); border: 1px solid var(--line); border-top: 0; border-radius: 0 0 1.25rem 1.25rem; padding: 1.75rem 1.75rem 1.25rem; box-shadow: 0 1.5rem 3rem -1.75rem #0005 }
h1 { font-size: 1.65rem; line-height: 1.2; font-weight: 400; letter-spacing: -.015em; overflow-wrap: anywhere }
b { display: inline-block; max-width: 100%; font-weight: 650 }
#say { margin-top: .4rem; color: var(--soft); min-height: 1.5em }
ol { list-style: none; padding: 0; margin: 1.3rem 0 1.4rem }
li { display: flex; align-items: center; gap: .8rem; padding: .36rem 0; color: var(--soft); transition: color .4s }
.time { margin-left: auto; font-size: .875rem; font-weight: 400; white-space: nowrap }
.time, footer { font-variant-numeric: tabular-nums }
.dot { flex: none; width: .7rem; height: .7rem; border-radius: 50%; border: 2px solid currentColor; transition: background .4s, border-color .4s; forced-color-adjust: none }
.done .dot { background: var(--done); border-color: var(--done) }
.now { color: var(--ink); font-weight: 600 }
.now .dot { background: var(--glow); border-color: var(--glow); animation: breathe 1.6s ease-in-out infinite }
footer { display: flex; justify-content: space-between; gap: 1rem; border-top: 1px solid var(--line); padding-top: .9rem; font-size: .8125rem; color: var(--soft) }
#elapsed { white-space: nowrap }
[data-link=down] #link { color: var(--warn); font-weight: 600 }
[data-link=down] .dot { animation: none }
#trouble, [data-state=crashed] ol, [data-state=crashed] footer { display: none }
[data-state=crashed] #trouble { display: block; margin: 1.1rem 0 .6rem }
[data-state=crashed] .stars { animation: none }
.reason { padding: .8rem 1rem; max-height: 13rem; overflow: auto; border-radius: .75rem; font-size: .9375rem; background: #d05a4e1c; color: var(--bad); border: 1px solid #d05a4e44; overflow-wrap: anywhere }
.reason::first-letter { text-transform: uppercase }
.until { margin-top: .75rem; color: var(--soft); font-size: .9375rem } .until:empty { display: none }
a { display: inline-block; margin-top: 1.1rem; font-weight: 600; color: var(--paper); background: var(--ink); border: 1px solid; border-radius: .7rem; padding: .6rem 1.2rem; text-decoration: none }
a:hover { opacity: .88 } :focus-visible { outline: 3px solid var(--glow); outline-offset: 3px }
@media (prefers-color-scheme: dark) { .card { box-shadow: none } }
@media (max-width: 26rem) {
  main { padding: 0; justify-content: flex-start } .sky { border-radius: 0; height: 30vh; min-height: 8rem } [data-state=crashed] .sky { height: 20vh }
  .card { border: 0; border-radius: 0; flex: 1; padding: 1.5rem; box-shadow: none } body { background: var(--paper) }
}
@media (max-height: 34rem) { main { padding: 1rem } .sky, [data-state=crashed] .sky { height: 6rem; min-height: 0 } .card { padding-top: 1rem } ol { margin: .6rem 0 } li { padding: .1rem 0 } .sun { left: calc(50% - 1.5rem); width: 3rem; height: 3rem; transform: translateY(calc(var(--rise) * -4.6rem)) } }
@keyframes twinkle { 50% { opacity: .3 } }
@keyframes breathe { 50% { box-shadow: 0 0 0 .4rem color-mix(in srgb, var(--glow) 22%, transparent) } }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important } }
`;
