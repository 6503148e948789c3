"""Makes sales.csv again. The numbers come from a fixed seed, so the file is the same every time."""

import csv
import random
from datetime import date, timedelta

PRODUCTS = {"kettle": 39.90, "lamp": 24.50, "chair": 89.00, "notebook": 3.20, "backpack": 54.75}
REGIONS = ["north", "east", "south", "west"]
FIRST_DAY = date(2024, 1, 1)
ROWS = 400

random.seed(20240101)
with open("sales.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["date", "region", "product", "quantity", "price"])
    days = sorted(random.randrange(366) for _ in range(ROWS))
    for day in days:
        product = random.choice(list(PRODUCTS))
        price = round(PRODUCTS[product] * random.choice([1, 1, 1, 0.9, 0.8]), 2)
        writer.writerow([FIRST_DAY + timedelta(day), random.choice(REGIONS), product, random.randint(1, 12), f"{price:.2f}"])
