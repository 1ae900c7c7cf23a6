using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Costs.Imports;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Server.Commands;

/// <summary>What a file of costs holds, by the shipped prices: shown before anything is recorded.</summary>
internal sealed class ImportSummary(Instant now)
{
    private const int MostCustomersShown = 10;

    private readonly List<(int Line, string Problem)> problems = [];
    private readonly Dictionary<string, int> skipped = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> unpriced = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Costs, decimal Amount)> customers = new(StringComparer.Ordinal);
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);
    private int costs;
    private int repeated;
    private int noUsage;
    private Instant? first;
    private Instant? last;

    /// <summary>How many records are wrong.</summary>
    public int Wrong => problems.Count;

    public void Add(ImportedCost imported)
    {
        if (imported.Problem is { } problem)
        {
            problems.Add((imported.Line, problem));
        }
        else if (imported.Skipped is { } reason)
        {
            skipped[reason] = skipped.GetValueOrDefault(reason) + 1;
        }
        else
        {
            AddCost(imported);
        }
    }

    public void Print(Terminal terminal, int mostLines)
    {
        foreach (var (line, problem) in problems.Take(mostLines))
        {
            terminal.Error.WriteLine($"line {line}: {problem.ReplaceLineEndings(" ")}");
        }
        if (problems.Count > mostLines)
        {
            terminal.Error.WriteLine($"and {problems.Count - mostLines} more lines that are wrong");
        }
        string repeats = repeated == 0 ? "" : $", {repeated} more that repeat one of them";
        terminal.Out.WriteLine(costs == 0 ? "no costs" : $"{costs} costs of {customers.Count} customers from {first} to {last}{repeats}: {Quantity.Format(customers.Values.Sum(c => c.Amount))} usd by the shipped prices");
        foreach (var (customer, (count, amount)) in customers.OrderByDescending(c => c.Value.Amount).ThenBy(c => c.Key, StringComparer.Ordinal).Take(MostCustomersShown))
        {
            terminal.Out.WriteLine($"  {customer}: {count} costs, {Quantity.Format(amount)} usd");
        }
        foreach (var (model, count) in unpriced)
        {
            terminal.Out.WriteLine($"  {count} without a price: {model}");
        }
        if (noUsage > 0)
        {
            terminal.Out.WriteLine($"  {noUsage} say nothing of their usage");
        }
        foreach (var (reason, count) in skipped.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            terminal.Out.WriteLine($"  {count} left out: {reason}");
        }
    }

    private void AddCost(ImportedCost imported)
    {
        CostEvent priced;
        try
        {
            priced = imported.Draft!.Price(PriceBook.Shipped, FailurePolicy.Attribute, now);
        }
        catch (BillingException e)
        {
            problems.Add((imported.Line, e.Detail));
            return;
        }
        string customer = imported.Cost!.CustomerId;
        if (!keys.Add($"{customer}\n{priced.Id}"))
        {
            repeated++;
            return;
        }
        costs++;
        first = first is { } f ? Instant.Min(f, priced.RequestedAt) : priced.RequestedAt;
        last = last is { } l ? Instant.Max(l, priced.RequestedAt) : priced.RequestedAt;
        var (count, amount) = customers.GetValueOrDefault(customer);
        customers[customer] = (count + 1, amount + (priced.Cost.Amount ?? 0));
        noUsage += priced.Cost.Status == CostStatus.NoUsage ? 1 : 0;
        if (priced.Cost.Status == CostStatus.Unpriced)
        {
            unpriced[priced.ModelKey] = unpriced.GetValueOrDefault(priced.ModelKey) + 1;
        }
    }
}
