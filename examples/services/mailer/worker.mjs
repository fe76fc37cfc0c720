// Looks for mails to send. Nobody reaches it.
const timer = setInterval(() => process.stdout.write("no mails to send\n"), 60_000);

// What is under way would be finished here.
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => clearInterval(timer));
process.stdout.write("mailer works\n");
