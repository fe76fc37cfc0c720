/** Of the waiting page: a sun that rises behind hills while the service wakes. No images, no fonts, nothing from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --rise: 0; --paper: #fffdf9; --page: #f3eee6; --ink: #2b2620; --soft: #7d7468; --line: #e9e1d5; --glow: #e8833a; --warn: #a8480f; --done: #c98a4b;
  --sky1: #28355c; --sky2: #8a6f9e; --sky3: #f0b48a; --hill: #4b4a63; --far: #77698a; --sun: #ffd28a; }
[data-phase=starting] { --rise: .12 } [data-phase=image] { --rise: .36 } [data-phase=container] { --rise: .6 } [data-phase=health] { --rise: .84 } [data-phase=ready] { --rise: 1.08 }
@media (prefers-color-scheme: dark) { :root { --paper: #1d1c24; --page: #121118; --ink: #efe9e1; --soft: #9c948c; --line: #312f3a; --glow: #f09a55; --warn: #f09a55; --done: #b98550;
  --sky1: #0d1226; --sky2: #2f2a4d; --sky3: #8a5763; --hill: #17161f; --far: #2b2838; --sun: #ffbf73; } }
* { box-sizing: border-box; margin: 0 }
html, body { height: 100% }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-font-smoothing: antialiased }
main { min-height: 100%; max-width: 30rem; margin: 0 auto; padding: 2rem 1.25rem; display: flex; flex-direction: column; justify-content: center }
.sky { position: relative; height: 11rem; overflow: hidden; border-radius: 1.25rem 1.25rem 0 0; background: linear-gradient(var(--sky1), var(--sky2) 55%, var(--sky3)) }
.sky::after { content: ""; position: absolute; inset: 0; background: radial-gradient(circle at 50% 85%, #ffdca8, #f7a86d55 38%, transparent 68%); opacity: calc(var(--rise) * .85); transition: opacity 2.5s ease }
.sun { position: absolute; left: 50%; bottom: -3.5rem; width: 5.5rem; height: 5.5rem; margin-left: -2.75rem; border-radius: 50%; background: var(--sun); box-shadow: 0 0 2.5rem .5rem #ffcf8f88; transform: translateY(calc(var(--rise) * -6.75rem)); transition: transform 2.5s cubic-bezier(.2, .7, .2, 1); z-index: 1 }
.hill { position: absolute; z-index: 2; left: -34%; width: 105%; height: 9rem; bottom: -7rem; border-radius: 50%; background: var(--hill) }
.hill.right { left: 42%; width: 95%; bottom: -6.7rem }
.hill.far { left: 8%; width: 96%; bottom: -6.5rem; background: var(--far); z-index: 1 }
.star { position: absolute; width: 3px; height: 3px; border-radius: 50%; background: #fff; opacity: calc(.85 - var(--rise) * .8); transition: opacity 2.5s; animation: twinkle 4s ease-in-out infinite }
.star:nth-child(1) { left: 12%; top: 22% } .star:nth-child(2) { left: 27%; top: 12%; animation-delay: -1s; width: 2px; height: 2px } .star:nth-child(3) { left: 41%; top: 28%; animation-delay: -2.2s; width: 2px; height: 2px }
.star:nth-child(4) { left: 58%; top: 14%; animation-delay: -3s } .star:nth-child(5) { left: 72%; top: 30%; animation-delay: -.6s; width: 2px; height: 2px } .star:nth-child(6) { left: 84%; top: 16%; animation-delay: -1.7s } .star:nth-child(7) { left: 92%; top: 36%; animation-delay: -2.7s; width: 2px; height: 2px }
.card { background: var(--paper); border: 1px solid var(--line); border-top: 0; border-radius: 0 0 1.25rem 1.25rem; padding: 1.75rem 1.75rem 1.25rem; box-shadow: 0 1.5rem 3rem -1.75rem #0005 }
h1 { font-size: 1.65rem; line-height: 1.2; font-weight: 400; letter-spacing: -.015em; overflow-wrap: anywhere }
h1 b { font-weight: 650 }
#say { margin-top: .4rem; color: var(--soft); min-height: 1.5em }
ol { list-style: none; padding: 0; margin: 1.4rem 0 1.5rem }
li { display: flex; align-items: center; gap: .8rem; padding: .36rem 0; color: var(--soft); opacity: .8; transition: opacity .4s, color .4s }
.what { flex: 1 } .time { font-variant-numeric: tabular-nums; font-size: .875rem }
.dot { flex: none; width: .7rem; height: .7rem; border-radius: 50%; border: 2px solid currentColor; transition: background .4s, border-color .4s }
li.done { opacity: 1 } li.done .dot { background: var(--done); border-color: var(--done) }
li.now { opacity: 1; color: var(--ink); font-weight: 550 } li.now .time { font-weight: 400 }
li.now .dot { background: var(--glow); border-color: var(--glow); animation: breathe 1.6s ease-in-out infinite }
footer { display: flex; justify-content: space-between; gap: 1rem; border-top: 1px solid var(--line); padding-top: .9rem; font-size: .8125rem; color: var(--soft); font-variant-numeric: tabular-nums }
[data-link=down] #link { color: var(--warn); font-weight: 600 }
#trouble { display: none }
[data-state=crashed] { --sky1: #3a2530; --sky2: #6b3a45; --sky3: #b4645a; --hill: #37262f; --far: #5a3a45; --rise: 0 }
[data-state=crashed] #steps, [data-state=crashed] footer, [data-state=crashed] .sun { display: none }
[data-state=crashed] .star { animation: none }
[data-state=crashed] #trouble { display: block; margin: 1.1rem 0 .6rem }
.reason::first-letter { text-transform: uppercase } .reason { padding: .8rem 1rem; border-radius: .75rem; background: #c0453a14; color: #a3362c; border: 1px solid #c0453a33; overflow-wrap: anywhere }
.until { margin-top: .75rem; color: var(--soft); font-size: .9375rem } .until:empty { display: none }
button { margin-top: 1.1rem; font: inherit; font-weight: 600; color: var(--paper); background: var(--ink); border: 0; border-radius: .7rem; padding: .6rem 1.2rem; cursor: pointer }
button:hover { opacity: .88 } button:focus-visible { outline: 3px solid var(--glow); outline-offset: 3px }
@media (prefers-color-scheme: dark) { .reason { color: #f0a29a; background: #e0685c1f; border-color: #e0685c40 } .card { box-shadow: none }
  [data-state=crashed] { --sky1: #1c1218; --sky2: #3a2029; --sky3: #6e3c3c; --hill: #191217; --far: #2c1c24 } }
@media (max-width: 26rem) { main { padding: 0; max-width: none; justify-content: flex-start } .sky { border-radius: 0; height: 34vh; min-height: 9rem } .hill { height: 11rem } .card { border: 0; border-radius: 0; flex: 1; box-shadow: none } body { background: var(--paper) } }
@keyframes twinkle { 50% { transform: scale(.5) } }
@keyframes breathe { 50% { box-shadow: 0 0 0 .4rem color-mix(in srgb, var(--glow) 22%, transparent) } }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important } }
`;
