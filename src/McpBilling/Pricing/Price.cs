using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Pricing;

/// <summary>
/// One version of a price: a model and the terms around it. Immutable and pure: a period's state goes in, the state after the event and the
/// charge come out. The order of the terms: the period's quantity loses its free units, is rounded to whole units, is priced by the
/// model, is capped, and only then rounded, once, to the asset's scale. A charge is the difference of two such totals. Source: pricing.md.
/// </summary>
public sealed class Price
{
    private static readonly Exact Half = 0.5m;

    private readonly PriceModel _model;
    private readonly Exact _freeUnits;
    private readonly Exact _per;
    private readonly Exact? _cap;

    private Price(PriceFields fields, PriceModel model, PriceTerms terms)
    {
        Definition = fields.Definition;
        _model = model;
        _freeUnits = model.TakesFreeUnits ? Exact.Zero : terms.FreeUnits;
        _per = fields.Per;
        _cap = terms.MaxPerPeriod;
        Hold = HoldRule.Of(Definition.HoldPolicy);
    }

    /// <summary>What the price was made from.</summary>
    public PriceDefinition Definition { get; }

    /// <summary>How much an authorization by event holds.</summary>
    public HoldRule Hold { get; }

    /// <summary>Its quantity is what an event cost in US dollars, not what the meter measures: an event without a known cost cannot be rated.</summary>
    public bool TakesCost => _model.TakesCost;

    /// <summary>Reads and checks a definition's model and terms. Its id, meter, asset and <c>where</c> are the catalog's to check.</summary>
    /// <param name="definition">From billing.json or an operation's input; its numbers are within <see cref="Quantity"/>'s bounds.</param>
    /// <param name="pointer">JSON pointer of the definition, under which problems are named.</param>
    /// <param name="problems">Receives every problem, not only the first.</param>
    /// <returns>Null when there was a problem.</returns>
    public static Price? From(PriceDefinition definition, string pointer, ICollection<Problem> problems)
    {
        var fields = new PriceFields(definition, pointer, problems);
        var model = PriceTerms.ReadModel(fields);
        var terms = PriceTerms.Read(fields);
        return fields.AllRight && model is not null ? new Price(fields, model, terms) : null;
    }

    /// <summary>
    /// The state in which a period begins under this version: at zero, or (a version that carries) at what the period already has under the version before.
    /// The carried part moves tiers and allowances on and counts towards the cap, but this version never charges it.
    /// </summary>
    public PeriodState Start(PeriodState? carriedFrom)
    {
        if (carriedFrom is null)
        {
            return PeriodState.Empty;
        }
        // A per-event price cannot say what the carried events would have cost, so what they did cost stands for them.
        var total = _model is CumulativeModel model ? model.Total(Billable(carriedFrom.Quantity)) : carriedFrom.Total;
        return new(carriedFrom.Quantity, carriedFrom.Events, total, carriedFrom.Quantity, total);
    }

    /// <summary>Takes one event.</summary>
    /// <param name="before">The period so far.</param>
    /// <param name="newQuantity">The meter's quantity after the event (a meter of the latest value may lower it).</param>
    /// <param name="properties">The event's properties as text.</param>
    /// <param name="asset">The price's asset: its scale and rounding.</param>
    /// <returns>Null when a matrix has no row for the event and no default (<c>no_matching_price</c>).</returns>
    /// <exception cref="OverflowException">The period's price is beyond 64 bits of the asset's units.</exception>
    public PriceStep? Add(PeriodState before, decimal newQuantity, IReadOnlyDictionary<string, string> properties, Asset asset)
    {
        var total = _model switch
        {
            CumulativeModel model => model.Total(Billable(newQuantity)),
            PerEventModel model => before.Total + Fee(model, before.Quantity, newQuantity, before.Events, properties),
            _ => throw new InvalidOperationException(),
        };
        return total is { } after ? Step(before, newQuantity, before.Events + 1, after, asset) : null;
    }

    /// <summary>Takes an event back, whole or in part. When all of a period's events are taken back, its charges sum to exactly zero.</summary>
    /// <param name="before">The period so far.</param>
    /// <param name="newQuantity">The meter's quantity without what is taken back.</param>
    /// <param name="removed">The event, as it was when it was taken; this price must have charged it.</param>
    /// <param name="asset">The price's asset: its scale and rounding.</param>
    /// <exception cref="OverflowException">The period's price is beyond 64 bits of the asset's units.</exception>
    public PriceStep Remove(PeriodState before, decimal newQuantity, RemovedEvent removed, Asset asset)
    {
        bool whole = removed.LeftAfter == 0;
        var total = _model switch
        {
            CumulativeModel model => model.Total(Billable(newQuantity)),
            PerEventModel model => before.Total - OwnFee(model, removed, removed.LeftBefore) + (whole ? Exact.Zero : OwnFee(model, removed, removed.LeftAfter)),
            _ => throw new InvalidOperationException(),
        };
        return Step(before, newQuantity, whole ? before.Events - 1 : before.Events, total, asset);
    }

    /// <summary>What the period's charges sum to, in units of the asset. For verification.</summary>
    public long Charged(PeriodState state, Asset asset) => checked(Owed(state.Total, state, asset) - Rounded(state.OffsetTotal, asset));

    private Exact OwnFee(PerEventModel model, in RemovedEvent removed, decimal left) =>
        Fee(model, removed.QuantityBefore, removed.QuantityBefore + left, removed.EventsBefore, removed.Properties)
        ?? throw new InvalidOperationException($"price {Definition.Id} never charged the event that is reversed");

    private Exact? Fee(PerEventModel model, decimal before, decimal after, long eventsBefore, IReadOnlyDictionary<string, string> properties)
    {
        var from = Billable(before);
        return model.Fee(new PricedEvent(from, Exact.Max(from, Billable(after)), eventsBefore, properties));
    }

    private PriceStep Step(PeriodState before, decimal quantity, long events, Exact total, Asset asset)
    {
        long charge = checked(Owed(total, before, asset) - Owed(before.Total, before, asset));
        return new(before with { Quantity = quantity, Events = events, Total = total }, charge, total >= _cap);
    }

    // Where a greater quantity is cheaper (volume), a period may come to less than what it carried; this version cannot give back what another one charged.
    private long Owed(Exact total, PeriodState state, Asset asset) => Math.Max(Rounded(total, asset), Rounded(state.OffsetTotal, asset));

    private long Rounded(Exact total, Asset asset) => (_cap is { } cap ? Exact.Min(total, cap) : total).ToUnits(asset.Scale, asset.Rounding);

    private Exact Billable(decimal quantity)
    {
        var billable = Exact.Max(Exact.Zero, quantity - _freeUnits);
        return Definition.QuantityRounding switch
        {
            QuantityRounding.Up => Exact.Ceiling(billable / _per) * _per,
            QuantityRounding.Nearest => Exact.Floor(billable / _per + Half) * _per,
            _ => billable,
        };
    }
}
