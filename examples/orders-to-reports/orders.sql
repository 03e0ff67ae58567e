-- What the example's first database holds.
create table orders (
  id integer primary key,
  customer text not null,
  total numeric(10, 2) not null,
  status text not null,
  shipped_on date,
  updated_at timestamptz not null
);
insert into orders values
  (1001, 'Northwind', 120.00, 'shipped', '2026-03-02', '2026-03-02 09:00Z'),
  (1002, 'Contoso', 75.50, 'open', null, '2026-03-02 10:30Z'),
  (1003, 'Fabrikam', 980.10, 'shipped', '2026-03-04', '2026-03-04 08:15Z'),
  (1004, 'Adventure Works', 44.00, 'shipped', '2026-03-05', '2026-03-05 16:40Z');
