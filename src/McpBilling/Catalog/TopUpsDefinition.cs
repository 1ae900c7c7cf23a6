using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace McpBilling.Catalog;

/// <summary>What customers can buy credit by: packs at a price, and amounts that they choose themselves.</summary>
public sealed record TopUpsDefinition
{
    [MaxLength(100)]
    [Description("Credit at a fixed price.")]
    public IReadOnlyList<TopUpPack> Packs { get; set; } = [];

    [MaxLength(100)]
    [Description("Amounts that the customer chooses, one entry per currency and asset.")]
    public IReadOnlyList<FreeTopUp> FreeAmounts { get; set; } = [];
}

/// <summary>Credit at a fixed price.</summary>
public sealed record TopUpPack
{
    [Description("Your id for the pack, such as starter.")]
    public required string Id { get; init; }

    [StringLength(200)]
    [Description("What the customer reads; default: the credit.")]
    public string? Name { get; init; }

    [Description("What it costs, without tax, such as \"10\".")]
    public required decimal Price { get; init; }

    [Description("ISO 4217 code of the price.")]
    public required string Currency { get; init; }

    [Description("The credit that is bought.")]
    public required TopUpCredit Credit { get; init; }

    [Description("Further credit as a present: a grant of its own, which has no cost basis.")]
    public TopUpBonus? Bonus { get; init; }

    [Range(1, 36_500)]
    [Description("Days until the bought credit expires; default never.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? ExpiresAfterDays { get; init; }

    [Range(0, 100)]
    [Description("Lower is used first; default 50.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? Priority { get; init; }
}

/// <summary>An amount of credit.</summary>
public sealed record TopUpCredit
{
    [Description("ISO 4217 code or declared asset.")]
    public required string Asset { get; init; }

    [Description("How much, above zero, such as \"1000\".")]
    public required decimal Amount { get; init; }
}

/// <summary>Credit that comes with a pack for nothing.</summary>
public sealed record TopUpBonus
{
    [Description("How much of the pack's asset, above zero.")]
    public required decimal Amount { get; init; }

    [Range(1, 36_500)]
    [Description("Days until the bonus expires; default as the bought credit.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? ExpiresAfterDays { get; init; }
}

/// <summary>An amount that the customer chooses.</summary>
public sealed record FreeTopUp
{
    [Description("ISO 4217 code of what is paid.")]
    public required string Currency { get; init; }

    [Description("The least that can be paid, such as \"5\".")]
    public required decimal Min { get; init; }

    [Description("The most that can be paid at once.")]
    public required decimal Max { get; init; }

    [Description("What is bought: ISO 4217 code or declared asset.")]
    public required string Asset { get; init; }

    [Description("Credit for one unit of the currency: \"1\" for usd of usd, \"100\" for a hundred credits a dollar.")]
    public required decimal Rate { get; init; }

    [Range(1, 36_500)]
    [Description("Days until the bought credit expires; default never.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? ExpiresAfterDays { get; init; }

    [Range(0, 100)]
    [Description("Lower is used first; default 50.")]
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public int? Priority { get; init; }
}
