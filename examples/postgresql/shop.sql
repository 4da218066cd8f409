CREATE ROLE shopkeeper;
CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL);
INSERT INTO customers (name) VALUES ('Ada'), ('Grace'), ('Edsger');
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, cents int);
INSERT INTO orders (customer, cents) VALUES (1, 1995), (1, 500), (2, 12000);
CREATE VIEW turnover AS SELECT name, sum(cents) AS cents FROM orders JOIN customers ON customer = customers.id GROUP BY name;
ALTER TABLE orders OWNER TO shopkeeper;
