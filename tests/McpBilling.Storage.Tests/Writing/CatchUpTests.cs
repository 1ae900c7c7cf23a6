using McpBilling.Operations;
using McpBilling.Storage.Tests.Compliance;
using McpBilling.Storage.Writing;

namespace McpBilling.Storage.Tests.Writing;

/// <summary>On a file it is known that somebody else has written, not what: what a writer keeps is forgotten only where it may be stale.</summary>
public sealed class CatchUpTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DataFile _file;
    private readonly WriterMemory _memory = new(CustomerCache.UsualCapacity);
    private readonly WriterSession _session;
    private readonly BillingStore _another;
    private readonly ApiKeys _keys;

    public CatchUpTests()
    {
        _file = _folder.DataFile();
        Migrator.Prepare(_file, TimeProvider.System);
        _another = new BillingStore(_file, TimeProvider.System, static _ => { });
        _keys = new ApiKeys(_file, TimeProvider.System);
        _session = new WriterSession(_file.OpenWriter());
    }

    public void Dispose()
    {
        _session.Dispose();
        _another.Dispose();
        _keys.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Customers_are_remembered_when_a_key_was_made_and_when_another_workspace_was_written_to_which_keys_are_known()
    {
        var test = _keys.OwnerCaller(Mode.Test);
        await Grants(test, "ada", "bob", "eve");
        Begin();
        Remember(test, "ada", "bob", "eve");

        _keys.Create("app", Mode.Live, Scopes.All, null);
        Begin();
        Assert.Equal(3, _memory.Customers.Count);

        var live = _keys.OwnerCaller(Mode.Live);
        await Grants(live, "zoe");
        long keys = _memory.Keys.Count;
        Begin();
        Assert.Equal(3, _memory.Customers.Count);
        Assert.Equal(keys + 1, _memory.Keys.Count);
        Assert.Equal(_session.LoadWorkspace(live.WorkspaceKey, null).LastOperation, _memory.Indexed[live.WorkspaceKey]);
    }

    [Fact]
    public async Task Customers_are_forgotten_when_their_workspace_was_written_to()
    {
        var test = _keys.OwnerCaller(Mode.Test);
        await Grants(test, "ada", "bob");
        Begin();
        Remember(test, "ada", "bob");
        await Grants(test, "eve");
        long keys = _memory.Keys.Count;
        Begin();
        Assert.Equal(0, _memory.Customers.Count);
        Assert.Equal(keys + 1, _memory.Keys.Count);
    }

    private void Begin()
    {
        var foreign = _session.Begin();
        Assert.Same(ChangedRows.Anything, foreign);
        _session.CatchUp(_memory, foreign);
        _session.Rollback();
    }

    private void Remember(Caller caller, params string[] customers)
    {
        var workspace = _memory.Workspaces[caller.WorkspaceKey] = _session.LoadWorkspace(caller.WorkspaceKey, null);
        foreach (string id in customers)
        {
            _memory.Customers.Put(caller.WorkspaceKey, _session.Reader.Customer(workspace, id)!);
        }
    }

    private async Task Grants(Caller caller, params string[] customers)
    {
        var desk = new Desk(() => _another, caller);
        foreach (string id in customers)
        {
            await desk.Grant(id, "10");
        }
    }
}
