using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Customers;

/// <summary>Asks for the customers, newest first.</summary>
public sealed record ListCustomersInput
{
    [Description("Only ids that begin with this."), StringLength(Customer.MaxIdLength)]
    public string? IdPrefix { get; init; }

    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Customers a page."), Range(1, 200)]
    public int Limit { get; set; } = 50;

    [Description("concise: only ids and frozen."), DefaultValue(Detail.Detailed)]
    public Detail Detail { get; init; }
}

/// <summary>One customer in the list.</summary>
public sealed record CustomerLine
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public string? Email { get; init; }
    public required bool Frozen { get; init; }
    public required Instant CreatedAt { get; init; }
}

/// <summary>A page of customers.</summary>
public sealed record ListCustomersOutput
{
    public required IReadOnlyList<CustomerLine> Customers { get; init; }

    [Description("Give it back as cursor for older customers; absent on the last page.")]
    public string? NextCursor { get; init; }

    [Description("How many customers fit in all.")]
    public required long Total { get; init; }
}

/// <summary>Reads customers from a snapshot.</summary>
public interface ICustomerReads
{
    /// <param name="before">Customers with smaller keys only; null to begin with the newest.</param>
    ValueTask<(IReadOnlyList<CustomerLine> Customers, long? Before, long Total)> List(
        Caller caller, string? idPrefix, long? before, int limit, CancellationToken cancellation);
}

/// <summary>The use case.</summary>
public sealed class ListCustomers : Operation<ListCustomersInput, ListCustomersOutput>
{
    [SetsRequiredMembers]
    public ListCustomers()
    {
        Name = "list_customers";
        Title = "List customers";
        Description =
            "All customers (users, people, everybody with an account), who they are and how many: latest sign-ups first, by pages, or find those whose id begins " +
            "with a prefix. Next: get_wallet.";
        ToolSet = ToolSet.Wallets;
        Scope = Scopes.CustomersRead;
        Route = "GET /v1/customers";
        Reads = true;
    }

    public override async ValueTask<ListCustomersOutput> Run(ListCustomersInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (customers, before, total) =
            await billing.Reads<ICustomerReads>().List(caller, input.IdPrefix, Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        if (input.Detail == Detail.Concise)
        {
            customers = [.. customers.Select(c => c with { Name = null, Email = null })];
        }
        return new ListCustomersOutput { Customers = customers, NextCursor = Cursors.Write(before), Total = total };
    }
}
