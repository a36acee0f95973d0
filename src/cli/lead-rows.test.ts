import { describe, expect, test } from "vitest";
import { readLeads } from "./lead-rows.ts";

const read = (text: string, map?: string) => readLeads(text, map);

describe("a file of leads", () => {
  test("is read by its usual headings, whatever their case, spaces and order of bytes", () => {
    const { rows, bad } = read(
      '\uFEFFFirst Name,last_name,E-Mail,Phone Number,Tags\r\nAda,Quillby,Ada@Example.com,(512) 555-0101,"hot; buyer"\r\n',
    );
    expect(bad).toEqual([]);
    expect(rows).toEqual([
      {
        line: 2,
        row: {
          ...{ first_name: "Ada", last_name: "Quillby", email: "ada@example.com", phone: "+15125550101" },
          tags: ["hot", "buyer"],
        },
      },
    ]);
  });

  test("keeps the good rows, and says of each bad one its line and what was expected", () => {
    const { rows, bad } = read(
      'email,phone\nada@example.com,\nnot an address,\n,12\n,\n\n"two\nlines@example.com",\na@b.com,,too many\nbo@example.com,\n',
    );
    expect(rows.map(({ row }) => row.email)).toEqual(["ada@example.com", "bo@example.com"]);
    expect(bad).toEqual([
      { line: 3, detail: 'email: "not an address" is no address' },
      { line: 4, detail: expect.stringContaining("expected +15125550101") },
      { line: 5, detail: "expected a contact, an email or a phone" },
      { line: 8, detail: expect.stringContaining("is no address") },
      { line: 9, detail: expect.stringContaining("is a comma unquoted?") },
    ]);
  });

  test("is told by --map which column is what, custom fields too, and names the columns that nothing takes", () => {
    const { rows, ignored } = read(
      "Cell,Budget,Shoe size\n+15125550101,450000,9\n",
      "Cell=phone, Budget=custom.budget",
    );
    expect(rows[0]?.row).toEqual({ phone: "+15125550101", custom: { budget: "450000" } });
    expect(ignored).toEqual(["Shoe size"]);
  });

  test.each([
    ["", undefined, /empty/],
    ["name\nAda\n", undefined, /No column is a contact, email or phone/],
    ["email,mail\n", "mail=email", /Two columns are email/],
    ["email\n", "Mail=email", /no column "Mail". The columns are email/],
    ["email\n", "email=shoes", /expected email= one of contact, email/],
    ['email\n"open', undefined, /no CSV/],
  ])("that cannot be understood (%j) is refused in a sentence", (text, map, sentence) => {
    expect(() => read(text, map)).toThrow(sentence);
  });
});
