using McpBilling.Costs.Reconciliation;
using McpBilling.Costs.Reconciliation.Reports;

namespace McpBilling.Tests.Costs.Reconciliation;

/// <summary>A day of 100,000 calls with known faults: reconciliation names each of them, at the model that has it, and nothing else.</summary>
public sealed class SyntheticDayTests
{
    private const int Calls = 100_000;
    private const int Seed = 5;

    private static readonly string[] AllModels = [SyntheticDay.Sonnet, SyntheticDay.Haiku, SyntheticDay.Gpt, SyntheticDay.Mini];

    [Theory]
    [InlineData(Faults.LostCacheWrites, SyntheticDay.Haiku, DriftCause.CacheWriteLost)]
    [InlineData(Faults.WrongTtl, SyntheticDay.Sonnet, DriftCause.WrongCacheTtl)]
    [InlineData(Faults.UnloggedRetries, SyntheticDay.Gpt, DriftCause.RetriesUnlogged)]
    [InlineData(Faults.UnpricedModel, SyntheticDay.Mini, DriftCause.UnpricedModel)]
    public void A_fault_of_one_model_is_named_there_and_nowhere_else(Faults fault, string model, DriftCause cause)
    {
        var day = new SyntheticDay(Calls, Seed, fault);
        foreach (bool byHour in new[] { true, false })
        {
            var found = Reconcile(day, byHour);
            Assert.Equal([(model, cause)], Named(found));
            Assert.All(found.Rows.Where(r => r.Colour != DriftColour.Green), r => Assert.Equal([cause], r.Causes));
            Assert.All(found.Rows.Where(r => r.Model != model), r => Assert.Equal(DriftColour.Green, r.Colour));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_missing_hour_is_named_with_its_hour_at_every_model(bool byHour)
    {
        var found = Reconcile(new SyntheticDay(Calls, Seed, Faults.MissingHour), byHour);
        Assert.Equal([.. AllModels.Select(m => (m, DriftCause.MissingHours)).Order()], Named(found));
        Assert.All(found.Findings, f => Assert.Contains("13:00–14:00 UTC", f.Evidence[0], StringComparison.Ordinal));
    }

    [Fact]
    public void All_five_faults_at_once_are_told_apart_by_the_hour()
    {
        var found = Reconcile(new SyntheticDay(Calls, Seed, Faults.LostCacheWrites | Faults.WrongTtl | Faults.UnloggedRetries | Faults.UnpricedModel | Faults.MissingHour), byHour: true);
        (string, DriftCause)[] expected =
        [
            .. AllModels.Select(m => (m, DriftCause.MissingHours)),
            (SyntheticDay.Haiku, DriftCause.CacheWriteLost), (SyntheticDay.Sonnet, DriftCause.WrongCacheTtl), (SyntheticDay.Gpt, DriftCause.RetriesUnlogged), (SyntheticDay.Mini, DriftCause.UnpricedModel),
        ];
        Assert.Equal([.. expected.Order()], Named(found));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void On_a_clean_day_everything_is_green_and_nothing_is_named(int seed)
    {
        foreach (bool byHour in new[] { true, false })
        {
            var found = Reconcile(new SyntheticDay(10_000, seed, Faults.None), byHour);
            Assert.Empty(found.Findings);
            Assert.All(found.Rows, r => Assert.Equal(0, r.Delta));
            // Both measures of all kinds: of 17, searches without their model in dollars.
            Assert.Equal(34, found.Rows.Length);
        }
    }

    [Theory]
    [InlineData(Faults.LostCacheWrites, DriftCause.CacheWriteLost)]
    [InlineData(Faults.WrongTtl, DriftCause.WrongCacheTtl)]
    [InlineData(Faults.UnloggedRetries, DriftCause.RetriesUnlogged)]
    [InlineData(Faults.UnpricedModel, DriftCause.UnpricedModel)]
    [InlineData(Faults.MissingHour, DriftCause.MissingHours)]
    public void The_invoice_alone_shows_the_same_faults(Faults fault, DriftCause cause)
    {
        var day = new SyntheticDay(Calls, Seed, fault);
        var found = ReconciledCosts.Of([Read(day.AnthropicCosts()), Read(day.OpenAiCosts())], Ledgers(day), SyntheticDay.Day, SyntheticDay.Day + 1, []);
        Assert.Equal([cause], found.Findings.Select(f => f.Cause).Distinct());
    }

    [Fact]
    public void Evidence_names_both_figures()
    {
        var found = Reconcile(new SyntheticDay(Calls, Seed, Faults.LostCacheWrites), byHour: true);
        var row = found.Rows.Single(r => r.Measure == Measure.Quantity && r.Model == SyntheticDay.Haiku && r.Kind == "cache_write_5m");
        Assert.Equal(0, row.Recorded);
        Assert.Contains($"cache_write_5m: reported {row.Reported:#,0}, recorded 0", found.Findings[0].Evidence);
    }

    private static ReconciledCosts Reconcile(SyntheticDay day, bool byHour) => ReconciledCosts.Of(
        [Read(day.AnthropicUsage(byHour)), Read(day.AnthropicCosts()), Read(day.OpenAiUsage(byHour)), Read(day.OpenAiCosts())], Ledgers(day), SyntheticDay.Day, SyntheticDay.Day + 1, []);

    private static CostLedger[] Ledgers(SyntheticDay day) => [day.Ledger("anthropic"), day.Ledger("openai")];

    private static ProviderReport Read(string text) => ReportReader.Read(new ReportDocument("report.json", text), "documents[0].text");

    private static (string, DriftCause)[] Named(ReconciledCosts found) => [.. found.Findings.Select(f => (f.Model, f.Cause)).Distinct().Order()];
}
