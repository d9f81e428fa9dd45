import { habits } from "./conformance/habits/habits.ts";
import { startReal } from "./conformance/habits/real.ts";
import { checkSimulated } from "./conformance/habits/simulated.ts";

const names = { mysql: "MySQL", mariadb: "MariaDB" } as const;

for (const flavor of ["mysql", "mariadb"] as const) {
  const own = habits.filter(({ of }) => of.includes(flavor));
  for (const habit of own) {
    Deno.test(`simulated ${names[flavor]}: ${habit.name}`, () => checkSimulated(habit, flavor));
  }

  Deno.test(`${names[flavor]} is as the simulated one is`, async (test) => {
    await using real = await startReal(flavor);
    for (const [index, habit] of own.entries()) {
      await test.step(habit.name, () => habit.check(real, `user${index}`));
    }
  });
}
