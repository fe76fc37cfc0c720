// Does its work and ends. With FAIL it ends as a broken one does.
const orders = Number(process.env.ORDERS ?? 3);

if (process.env.FAIL) {
  console.error("no such table: orders");
  process.exit(1);
}
if (process.argv.includes("--sweep")) {
  console.log(`sweeping what is older than ${process.env.KEEP ?? "7d"}`);
} else {
  for (let order = 1; order <= orders; order++) {
    console.log(`order ${order}: ${order * 20} €`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log(`${orders} orders, ${orders * (orders + 1) * 10} €`);
}
