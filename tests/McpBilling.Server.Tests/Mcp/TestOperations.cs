using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Operations;
using McpBilling.Server.Mcp;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>A small set of operations of every kind, so that the projection is tested apart from the product's own ones.</summary>
internal static class TestOperations
{
    public static readonly Caller Local = new(1, Mode.Test, Scopes.All);

    public static readonly JsonSerializerOptions Json = BillingJsonOptions.Create(new DefaultJsonTypeInfoResolver());

    public static McpSurface Surface(FakeBilling billing) => new()
    {
        Operations = [new FindCustomers(), new FindCatalog(), new FindWallet(), new SaveNote(), new AdjustBalance(), new BreakDown(), new MoveClock()],
        Billing = billing,
        Json = Json,
        LocalCaller = Local,
        RuntimeUrl = "http://127.0.0.1:7171",
    };
}

/// <summary>Remembers what was committed.</summary>
internal sealed class FakeBilling : IBilling
{
    public List<string> Commits { get; } = [];

    public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation) => throw new NotSupportedException();

    public TPort Reads<TPort>() where TPort : class => throw new NotSupportedException();
}

internal sealed record Nothing;

internal sealed record Anything([property: JsonShape(JsonShapeAttribute.AnyObject)] JsonElement Document, int Total = 0);

internal sealed record CustomerPage(IReadOnlyList<CustomerRow> Customers, int Total);

internal sealed record CustomerRow(string Id, string Name);

internal sealed record WalletInput([property: Description("Whose.")] string CustomerId);

internal sealed record WalletOutput(string CustomerId, string Note);

internal enum Colour
{
    Red,
    DarkBlue,
}

internal sealed record NoteInput
{
    [Description("Id."), RegularExpression("^[a-z]+$", ErrorMessage = "Use small letters.")]
    public required string Id { get; init; }

    [Description("How many."), Range(1, 5)]
    public required int Count { get; init; }

    [Description("An amount.")]
    public decimal? Amount { get; init; }

    [Description("A colour.")]
    public Colour Colour { get; init; }

    [Description("Lines."), MaxLength(2)]
    public IReadOnlyList<string>? Lines { get; init; }
}

internal sealed record NoteOutput(string Id, int Count, string? Name);

internal sealed record AdjustInput
{
    [Description("Signed.")]
    public required decimal Amount { get; init; }
}

internal sealed class FindCustomers : Operation<Nothing, CustomerPage>
{
    [SetsRequiredMembers]
    public FindCustomers() => (Name, Title, Description, ToolSet, Scope, Reads) = ("list_customers", "List", "Lists.", ToolSet.Wallets, Scopes.CustomersRead, true);

    public override ValueTask<CustomerPage> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        ValueTask.FromResult(new CustomerPage([new("user_1", "Ann"), new("user_2", new string('x', 5_000)), new("other", "Bob")], 3));
}

internal sealed class FindCatalog : Operation<Nothing, Anything>
{
    [SetsRequiredMembers]
    public FindCatalog() => (Name, Title, Description, ToolSet, Scope, Reads) = ("get_catalog", "Catalog", "Reads.", ToolSet.Setup, Scopes.CatalogRead, true);

    public override ValueTask<Anything> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        ValueTask.FromResult(new Anything(JsonDocument.Parse(GetStarted.ExampleCatalog).RootElement.Clone()));
}

internal sealed class FindWallet : Operation<WalletInput, WalletOutput>
{
    [SetsRequiredMembers]
    public FindWallet() => (Name, Title, Description, ToolSet, Scope, Reads) = ("get_wallet", "Wallet", "Reads.", ToolSet.Wallets, Scopes.CustomersRead, true);

    public override ValueTask<WalletOutput> Run(WalletInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        input.CustomerId.StartsWith("user", StringComparison.Ordinal)
            ? ValueTask.FromResult(new WalletOutput(input.CustomerId, "hello"))
            : throw new BillingException(ErrorCode.CustomerNotFound, $"There is no customer {input.CustomerId}.", "customer_id");
}

internal sealed class SaveNote : Operation<NoteInput, NoteOutput>
{
    [SetsRequiredMembers]
    public SaveNote() => (Name, Title, Description, ToolSet, Scope) = ("save_note", "Save", "Saves.", ToolSet.Usage, Scopes.UsageWrite);

    public override ValueTask<NoteOutput> Run(NoteInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        ((FakeBilling)billing).Commits.Add(input.Id);
        return ValueTask.FromResult(new NoteOutput(input.Id, input.Count, null));
    }
}

internal sealed class AdjustBalance : Operation<AdjustInput, NoteOutput>
{
    [SetsRequiredMembers]
    public AdjustBalance() => (Name, Title, Description, ToolSet, Scope, Destroys) = ("adjust_balance", "Adjust a balance", "Adjusts.", ToolSet.Wallets, Scopes.WalletsWrite, true);

    public override ValueTask<NoteOutput> Run(AdjustInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        ((FakeBilling)billing).Commits.Add(input.Amount.ToString());
        return ValueTask.FromResult(new NoteOutput("adjusted", 1, null));
    }
}

internal sealed class BreakDown : Operation<Nothing, NoteOutput>
{
    [SetsRequiredMembers]
    public BreakDown() => (Name, Title, Description, ToolSet, Scope) = ("break_down", "Break", "Breaks.", ToolSet.Usage, Scopes.UsageWrite);

    public override ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        throw new InvalidOperationException("secret detail of the inside");
}

internal sealed class MoveClock : Operation<Nothing, NoteOutput>
{
    [SetsRequiredMembers]
    public MoveClock() => (Name, Title, Description, ToolSet, Scope) = ("advance_test_clock", "Clock", "Moves.", ToolSet.Admin, Scopes.Admin);

    public override ValueTask<NoteOutput> Run(Nothing input, Caller caller, IBilling billing, CancellationToken cancellation) => throw new NotSupportedException();
}
