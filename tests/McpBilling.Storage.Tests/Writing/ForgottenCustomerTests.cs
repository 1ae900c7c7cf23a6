using McpBilling.Operations;
using McpBilling.Storage.Verifying;
using McpBilling.Storage.Writing;
using McpBilling.Usage;
using McpBilling.Wallets;

namespace McpBilling.Storage.Tests.Writing;

/// <summary>A batch whose customer the writer does not remember reads the customer once: what the batch did before counts, not the file.</summary>
public sealed class ForgottenCustomerTests : IDisposable
{
    private const int Asked = 60;
    private readonly TemporaryFolder folder = new();
    private readonly DataFile file;

    public ForgottenCustomerTests()
    {
        file = folder.DataFile();
        Migrator.Prepare(file, TimeProvider.System);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task After_a_restart_one_batch_allows_what_the_balance_pays_for()
    {
        using (var before = Open(null))
        {
            await Grant(before);
        }
        using var gate = new WriterGate();
        using var billing = Open(gate.Faults);
        await Authorize_in_one_batch(billing, gate, billing.WarmUp());
    }

    [Fact]
    public async Task After_another_process_has_written_one_batch_allows_what_the_balance_pays_for()
    {
        using var gate = new WriterGate();
        using var billing = Open(gate.Faults);
        gate.Open();
        await Grant(billing);
        gate.Close();
        // Stops at the gate, inside its transaction; the file is another one by the time the next batch begins.
        var held = billing.WarmUp();
        gate.AfterCommit = () =>
        {
            using var other = file.OpenWriter();
            other.Execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('written by', 'another')");
        };
        await Authorize_in_one_batch(billing, gate, held);
    }

    private async Task Authorize_in_one_batch(BillingStore billing, WriterGate gate, Task held)
    {
        await gate.Reached();
        var answers = Enumerable.Range(0, Asked).Select(i => Run(billing, new AuthorizeUsage(), new AuthorizeUsageInput
        {
            CustomerId = "ada",
            Asset = "usd",
            Amount = 0.04m,
            IdempotencyKey = $"authorize-{i}",
        })).ToList();
        gate.Open();
        await held;
        var decided = await Task.WhenAll(answers);
        Assert.Equal(25, decided.Count(a => a.Allowed));
        Assert.Equal(2, gate.BatchesSinceClosed);
        Assert.Empty((await new Verifier(file).Verify(TestContext.Current.CancellationToken)).Differences);
    }

    private BillingStore Open(WriterFaults? faults) => new(file, TimeProvider.System, static _ => { }, faults);

    private Task<GrantCreditOutput> Grant(BillingStore billing) =>
        Run(billing, new GrantCredit(), new GrantCreditInput { CustomerId = "ada", Asset = "usd", Amount = 1, IdempotencyKey = "grant" });

    private async Task<TOutput> Run<TInput, TOutput>(BillingStore billing, Operation<TInput, TOutput> operation, TInput input)
        where TInput : class
        where TOutput : class
    {
        using var keys = new ApiKeys(file, TimeProvider.System);
        return await operation.Run(input, keys.LocalCaller(), billing, TestContext.Current.CancellationToken);
    }
}
