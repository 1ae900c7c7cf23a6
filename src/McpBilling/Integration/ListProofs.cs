using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Integration;

public sealed record ListProofsInput
{
    [Description("next_cursor of the page before."), StringLength(64)]
    public string? Cursor { get; init; }

    [Description("Proofs a page, 1 to 100."), Range(1, 100)]
    public int Limit { get; set; } = 20;
}

/// <summary>A proof in a list.</summary>
public record ProofLine
{
    [Description("The proof's id (proof_…).")]
    public required string Id { get; init; }

    public required Instant At { get; init; }

    [Description("The key that verified (key_…), or local.")]
    public required string Who { get; init; }

    public required string Kind { get; init; }
    public required string Subject { get; init; }
    public required string Verdict { get; init; }
}

public sealed record ListProofsOutput
{
    public required IReadOnlyList<ProofLine> Proofs { get; init; }

    [Description("Give it back as cursor for older proofs; absent on the last page.")]
    public string? NextCursor { get; init; }

    public required long Total { get; init; }
}

/// <summary>The proofs of a workspace, newest first.</summary>
public sealed class ListProofs : Operation<ListProofsInput, ListProofsOutput>
{
    [SetsRequiredMembers]
    public ListProofs()
    {
        Name = "list_proofs";
        Title = "List proofs";
        Description = "The stored results of verify_integration, newest first: who verified what and when, and the verdict.";
        ToolSet = ToolSet.Setup;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/proofs";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<ListProofsOutput> Run(ListProofsInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var (proofs, next, total) = await billing.Reads<IProofReads>().Proofs(caller, Cursors.ReadOne(input.Cursor), input.Limit, cancellation);
        return new ListProofsOutput { Proofs = proofs, NextCursor = next is { } last ? Cursors.Write(last) : null, Total = total };
    }
}

public sealed record GetProofInput
{
    [Description("The proof_id that verify_integration answered."), StringLength(64, MinimumLength = 1)]
    public required string ProofId { get; init; }
}

/// <summary>A proof with its evidence.</summary>
public sealed record GetProofOutput : ProofLine
{
    [JsonShape(JsonShapeAttribute.AnyObject), Description("The verification's answer as it was given: findings, amounts expected and charged.")]
    public required JsonElement Document { get; init; }
}

/// <summary>One proof, whole.</summary>
public sealed class GetProof : Operation<GetProofInput, GetProofOutput>
{
    [SetsRequiredMembers]
    public GetProof()
    {
        Name = "get_proof";
        Title = "Get a proof";
        Description = "One stored result of verify_integration with all its evidence.";
        ToolSet = ToolSet.Setup;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/proofs/{proof_id}";
        Reads = true;
        HasTool = false;
    }

    public override async ValueTask<GetProofOutput> Run(GetProofInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        await billing.Reads<IProofReads>().Proof(caller, input.ProofId, cancellation)
            ?? throw new BillingException(ErrorCode.ProofNotFound, $"There is no proof {Wallets.WalletSession.Shown(input.ProofId)}.", "proof_id");
}
