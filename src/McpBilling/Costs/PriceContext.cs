using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>What a provider's price depends on beside the model and the time. What the response itself says (the served tier, speed, place) goes before it.</summary>
public sealed record PriceContext
{
    public static readonly PriceContext None = new();

    [Description("Sent through the provider's batch API.")]
    public bool Batch { get; set; }

    [Description("The tier that served it, as the provider names it."), StringLength(64)]
    public string? ServiceTier { get; init; }

    [Description("The tier that was asked for; billed only when the served one is unknown."), StringLength(64)]
    public string? RequestedServiceTier { get; init; }

    [StringLength(64)]
    public string? Speed { get; init; }

    [StringLength(64)]
    public string? InferenceGeo { get; init; }

    [StringLength(64)]
    public string? DataResidency { get; init; }

    [Description("The kind of deployment (Azure: global, data_zone, regional)."), StringLength(64)]
    public string? Deployment { get; init; }

    [Description("What a grounded Gemini answer is billed by: prompt or query."), StringLength(64)]
    public string? GroundingUnit { get; init; }

    internal bool IsPlain => PlainText.Fits(ServiceTier, 64) && PlainText.Fits(RequestedServiceTier, 64) && PlainText.Fits(Speed, 64) && PlainText.Fits(InferenceGeo, 64)
        && PlainText.Fits(DataResidency, 64) && PlainText.Fits(Deployment, 64) && PlainText.Fits(GroundingUnit, 64);
}
