using System.Data.Common;
using McpBilling.Costs;
using McpBilling.Operations;

namespace McpBilling.Storage.Writing;

/// <summary>
/// The single writer: takes what waits, decides it in one transaction, commits durably, then answers. No timer: at one caller a command commits at once, at
/// many batches form by themselves. Nothing is answered before it is durable; a command that fails, fails alone.
/// </summary>
internal sealed class GroupCommitWriter : IDisposable
{
    private readonly CommandQueue _waiting = new();
    private readonly Func<WriterSession> _open;
    private readonly Action<string> _log;
    private readonly IUpkeep? _upkeep;
    private readonly TimeProvider _time;
    private readonly PublicIds _ids;
    private readonly WriterMemory _memory;
    private readonly List<PendingCommand> _batch = [];
    private readonly WriterFaults? _faults;
    private readonly WriterMeter _meter;
    private readonly Thread _thread;
    private long _settledAt;
    private volatile BillingException? _trouble;
    private WriterSession? _session;
    private bool _isRefused;

    public GroupCommitWriter(Func<WriterSession> open, TimeProvider time, PublicIds ids, Action<string> log, IUpkeep? upkeep, WriterFaults? faults = null)
    {
        (_open, _time, _ids, _log, _upkeep, _faults) = (open, time, ids, log, upkeep, faults);
        _memory = new WriterMemory(faults?.RememberedCustomers ?? CustomerCache.UsualCapacity);
        _meter = new WriterMeter(time, _memory, () => _waiting.Count);
        if (upkeep is not null)
        {
            upkeep.Meter = _meter;
        }
        _thread = new Thread(Loop) { IsBackground = true, Name = "billing writer" };
        _thread.Start();
    }

    /// <exception cref="BillingException"><c>shutting_down</c>, or <c>try_again</c> when too much waits.</exception>
    public void Submit(PendingCommand command)
    {
        command.QueuedAt = _meter.Queued();
        _waiting.Add(command);
    }

    /// <summary>The price book that a workspace had when the writer last looked, to be asked for on any thread.</summary>
    public PriceBook LikelyPrices(long workspaceKey) => _memory.Prices.GetValueOrDefault(workspaceKey, OwnPrices.None).Book;

    /// <summary>When a transaction last ended, as the clock's ticks; 0: none has.</summary>
    public long SettledAt => Volatile.Read(ref _settledAt);

    /// <summary>What every command of the last transaction was refused with, because the store took none; null when it took them.</summary>
    public BillingException? Trouble => _trouble;

    /// <summary>Takes no more, finishes what waits, and closes the file.</summary>
    public void Dispose()
    {
        _waiting.Close();
        _thread.Join();
        _meter.Dispose();
    }

    private void Loop()
    {
        while (_waiting.Take(_batch))
        {
            Process(_batch);
            foreach (var command in _batch)
            {
                command.Answer();
            }
            _meter.Decided(_batch);
            if (_session is not null)
            {
                _upkeep?.Look(_session);
            }
        }
        _session?.Dispose();
    }

    private void Process(List<PendingCommand> commands)
    {
        long began = _meter.Began();
        try
        {
            Transact(commands);
            Settled(commands, began, null);
        }
        catch (StorageException e) when (e.IsStore)
        {
            Abandon(commands, e.ToBilling(), e, began);
        }
        catch (DbException e) when (new StorageException(e) is { IsStore: true } store)
        {
            Abandon(commands, store.ToBilling(), e, began);
        }
        catch (WritesRefusedException e)
        {
            TurnAway(commands, e, began);
        }
        catch (DataFileException e)
        {
            Abandon(commands, new BillingException(ErrorCode.TryAgain, "The data file cannot be opened at the moment."), e, began);
        }
        catch (UntoldException e)
        {
            // Trying again here would carry the commands out twice: who asks again with the key gets the stored answer.
            Abandon(commands, new BillingException(ErrorCode.TryAgain, "It is not known whether the command was carried out; the same key will tell."), e, began, isStore: false);
        }
        catch (Exception e) when (commands.Count > 1)
        {
            // One command broke the batch: each gets a transaction of its own, so that only it fails.
            _log($"a batch of {commands.Count} is tried one by one after: {e.GetType().Name}: {e.Message}");
            _meter.Transacted(commands, began, "rolled_back");
            Recover();
            foreach (var command in commands)
            {
                Process([command]);
            }
        }
        catch (Exception e)
        {
            Abandon(commands, new BillingException(ErrorCode.Internal, "The command could not be carried out; nothing was changed."), e, began, isStore: false);
        }
    }

    private void Transact(List<PendingCommand> commands)
    {
        _session ??= Open();
        if (_isRefused)
        {
            // Without the lock, which those need who may write.
            WriteAdmission.Require(_session.Connection);
        }
        var foreign = _session.Begin();
        if (foreign == ChangedRows.Anything)
        {
            WriteAdmission.Require(_session.Connection);
        }
        _session.CatchUp(_memory, foreign);
        if (_faults is { ChecksMemory: true } && foreign.Transactions.Count > 0)
        {
            MemoryCheck.Run(_session, _memory);
        }
        _isRefused = false;
        var batch = new Batch(_session, _memory, _time, _ids);
        if (commands == _batch)
        {
            // What came while others had the lock is read ahead with the rest.
            _waiting.Join(commands);
        }
        Decide(commands, 0, batch);
        if (commands == _batch)
        {
            int decided = commands.Count;
            _waiting.Join(commands);
            Decide(commands, decided, batch);
        }
        batch.Flush();
        _faults?.BeforeCommit?.Invoke();
        _session.Commit(batch.ChangedRows);
        try
        {
            _faults?.AfterCommit?.Invoke();
            batch.Publish();
        }
        catch (Exception e)
        {
            throw new UntoldException(e);
        }
    }

    // The keys are read before the lock is asked for: there may be millions, and others write meanwhile. What they add comes in the transaction, as always.
    private WriterSession Open()
    {
        var session = _open();
        try
        {
            KeyLoader.ReadAhead(session.Connection, _memory);
            _faults?.BeforeFirstLock?.Invoke();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Decide(List<PendingCommand> commands, int first, Batch batch)
    {
        batch.ReadAhead(commands, first);
        for (int i = first; i < commands.Count; i++)
        {
            var command = commands[i];
            try
            {
                command.Run(batch);
            }
            catch (BillingException e) when (!batch.IsBroken)
            {
                command.Refuse(e);
            }
            catch (OverflowException) when (!batch.IsBroken)
            {
                command.Refuse(new BillingException(ErrorCode.AmountInvalid, "An amount is beyond what 64 bits can count."));
            }
            catch (Exception e) when (!batch.IsBroken && e is not (StorageException or DbException))
            {
                _log($"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
                command.Refuse(new BillingException(ErrorCode.Internal, "The command could not be carried out; nothing was changed."));
            }
        }
    }

    // Said when it begins, not with every batch: it stays so.
    private void TurnAway(List<PendingCommand> commands, WritesRefusedException cause, long began)
    {
        if (!_isRefused)
        {
            _log($"no more is written, {commands.Count} commands were refused: {cause.Message}");
        }
        _isRefused = true;
        Refuse(commands, cause.Answer, began);
    }

    private void Abandon(List<PendingCommand> commands, BillingException answer, Exception cause, long began, bool isStore = true)
    {
        _log($"a batch of {commands.Count} was rolled back: {cause.GetType().Name}: {cause.Message}");
        Refuse(commands, answer, began, isStore);
    }

    private void Refuse(List<PendingCommand> commands, BillingException answer, long began, bool isStore = true)
    {
        Recover();
        foreach (var command in commands)
        {
            command.Refuse(answer);
        }
        Settled(commands, began, answer, isStore);
    }

    // A command that broke says nothing about the store.
    private void Settled(List<PendingCommand> commands, long began, BillingException? failure, bool isStore = true)
    {
        _meter.Transacted(commands, began, failure is null ? "committed" : "rolled_back");
        if (failure is null || isStore)
        {
            _trouble = failure;
            Volatile.Write(ref _settledAt, _time.GetTimestamp());
        }
    }

    // Whatever memory and connection thought, only the file counts now: also keys that were committed, or not yet read, when it broke.
    private void Recover()
    {
        _memory.Forget();
        _session?.Distrust();
        try
        {
            _session?.Rollback();
        }
        catch (StorageException)
        {
            _session!.Dispose();
            _session = null;
        }
    }
}

/// <summary>Places where a test may make the writer fail as a crash or a broken disk would.</summary>
public sealed class WriterFaults
{
    /// <summary>Called when the keys of earlier requests were read, before the lock is asked for the first time.</summary>
    public Action? BeforeFirstLock { get; set; }

    /// <summary>Called when the batch is written and not yet committed.</summary>
    public Action? BeforeCommit { get; set; }

    /// <summary>Called when the batch is durable and nobody has been told.</summary>
    public Action? AfterCommit { get; set; }

    /// <summary>Whether the memory is held against the database each time others told what they have written.</summary>
    public bool ChecksMemory { get; init; }

    /// <summary>How many customers the writer keeps in memory, where a test needs fewer than usual.</summary>
    public int? RememberedCustomers { get; init; }
}
