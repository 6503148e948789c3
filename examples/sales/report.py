"""What a year of sales comes to, by month, product and region. Standard library only."""

import csv
import statistics
from collections import defaultdict
from pathlib import Path

BAR = 40


def read_sales(path):
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            yield row["date"][:7], row["region"], row["product"], int(row["quantity"]) * float(row["price"])


def totals(sales, column):
    sums = defaultdict(float)
    for sale in sales:
        sums[sale[column]] += sale[-1]
    return sums


def print_bars(title, sums):
    print(f"\n{title}")
    longest = max(sums.values())
    for name, total in sums.items():
        print(f"  {name:<9}{total:>10,.2f}  {'#' * round(BAR * total / longest)}")


sales = list(read_sales(Path(__file__).with_name("sales.csv")))
amounts = [sale[-1] for sale in sales]
print(f"{len(sales)} sales, {sum(amounts):,.2f} in all, {statistics.median(amounts):,.2f} the median")
print_bars("By month", totals(sales, 0))
print_bars("By product", dict(sorted(totals(sales, 2).items(), key=lambda item: -item[1])))
print_bars("By region", dict(sorted(totals(sales, 1).items(), key=lambda item: -item[1])))
