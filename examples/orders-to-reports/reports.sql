-- The table of its second one.
create table shipped_orders (
  order_id integer primary key,
  customer text not null,
  total numeric(10, 2) not null,
  shipped_on date not null
);
