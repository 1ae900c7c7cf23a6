using System.Collections.Frozen;
using McpBilling.Insights.Margins;
using McpBilling.Operations;

namespace McpBilling.Tests.Insights.Margins;

/// <summary>Sums as the roll-ups would give them, and a program that knows nothing else.</summary>
internal static class Figures
{
    public static readonly Caller Caller = new(1, Mode.Test, Scopes.All);

    public static MarginSum Sum(string key, string revenue, string cost, long events = 1, long unpriced = 0, long incomplete = 0) =>
        new(key, null, events, unpriced, incomplete, 0, Dollars.Parse(cost), 1, Dollars.Parse(revenue));

    public static MarginFigures Of(params MarginSum[] customers) => new()
    {
        Recorded = new DayRange(20_000, 20_030),
        Total = customers.Aggregate(MarginSum.Nothing(""), (sum, c) => sum + c),
        Customers = customers,
        Rows = customers,
        RowCount = customers.Length,
    };

    public static Task<GetMarginsOutput> Ask(this MarginFigures figures, GetMarginsInput input) =>
        new GetMargins().Run(input, Caller, new Desk(figures), CancellationToken.None).AsTask();

    private sealed class Desk(MarginFigures figures) : IBilling, IMarginReads
    {
        public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => throw new NotSupportedException();

        public TPort Reads<TPort>() where TPort : class => this as TPort ?? throw new NotSupportedException(typeof(TPort).Name);

        public ValueTask<MarginFigures?> Margins(Caller caller, MarginQuestion question, CancellationToken cancellation) =>
            new(question.CustomerId is { } id && figures.Customers.All(c => c.Key != id) ? null : figures);
    }
}
