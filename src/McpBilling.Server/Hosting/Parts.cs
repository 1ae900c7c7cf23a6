using McpBilling.Catalog;
using McpBilling.Operations;
using McpBilling.Server.Commands;

namespace McpBilling.Server.Hosting;

/// <summary>The composition root: which parts this program is made of.</summary>
internal static class Parts
{
    public static Composition OfProgram() => new()
    {
        Operations = [new ApplyCatalog(), new GetCatalog()],
        Json = BillingJsonOptions.Create(BillingJson.Default),
        OpenEngine = (_, _, _) => throw new CommandException("This build has no engine."),
        OpenVerifier = _ => throw new CommandException("This build has no verifier."),
        RunDemo = (_, _) => throw new CommandException("This build has no demo."),
    };
}
