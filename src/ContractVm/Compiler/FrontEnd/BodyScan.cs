using System;
using System.Numerics;
using ContractVm.Binary;

namespace ContractVm.Compiler.FrontEnd;

/// <summary>
/// Looks through a body before it is built: for every construct, in the order in which reachable ones open, which locals its label
/// must carry as block parameters, and which are assigned inside.
/// <para>
/// Forward, the body becomes a list of events: reads and writes of locals, constructs, branches. Backward over the events, one set
/// of live locals tells what a label needs: those assigned in the construct that are read again after it. A loop's label is needed
/// before its body has been seen; there all that the loop reads and all that lives behind its exits stands in, which is a superset of what lives and so is safe.
/// Only locals that the body names count, and are numbered anew: a body may declare thousands in a few bytes. Time and memory:
/// events times one, constructs times locals / 64, which a budget bounds; beyond it <see cref="IsTooLarge"/> says
/// that locals are to stay in the frame.
/// </para>
/// </summary>
internal sealed class BodyScan
{
    private const int GetEvent = 0, SetEvent = 1, OpenEvent = 2, ElseEvent = 3, EndEvent = 4, BranchEvent = 5, BranchIfEvent = 6, ExitEvent = 7, ThrowEvent = 8;
    private const int EventBits = 4;
    /// <summary>
    /// Sets for each construct: assigned inside; read inside, or live at the start of the else arm, or where a try_table's exceptions go; live at the label; live
    /// at its label or one around it.
    /// </summary>
    private const int SetsPerConstruct = 4;

    private int[] _events = new int[1024];
    private int _eventCount;
    private ScannedConstruct[] _constructs = new ScannedConstruct[64];
    private int _constructCount;
    private ulong[] _sets = [];
    private int _words;
    private int[] _lists = new int[256];
    private int _listCount;
    private int[] _open = new int[64];
    private int _depth;
    private ulong[] _live = [];
    private int _wordLocal;
    /// <summary>The number of each local, good where its epoch is the present one; and the locals by their numbers.</summary>
    private int[] _numbers = [], _epochs = [], _used = [];
    private int _epoch;
    private long _budget;
    /// <summary>Constructs whose labels the clauses of try_tables name; the innermost try_table with clauses that is open, or -1.</summary>
    private int[] _clauses = new int[16];
    private int _clauseCount, _handler;

    /// <summary>The sets of locals would cost more than the body's size pays for.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>What is known of a construct, by the order of opening; 0 is the body.</summary>
    public ref readonly ScannedConstruct this[int construct] => ref _constructs[construct];

    /// <summary>Locals, by their numbers, from a construct's ranges.</summary>
    public ReadOnlySpan<int> Locals(int first, int count) => _lists.AsSpan(first, count);

    /// <summary>Number of locals that the body names, the stack words included where they are one.</summary>
    public int UsedCount { get; private set; }

    /// <summary>The local with a number; -1 for the stack words.</summary>
    public int UsedLocal(int number) => _used[number];

    /// <summary>The number of a local that the body names in reachable code: in the order in which they are named first.</summary>
    public int NumberOf(int local) => _numbers[local];

    /// <summary>Scans a body.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="body">The body.</param>
    /// <param name="wordsAreLocal">The stack words left are a local of their own, number 0, which every call sets.</param>
    public void Run(Module module, FunctionBody body, bool wordsAreLocal)
    {
        _eventCount = _constructCount = _listCount = _depth = UsedCount = _clauseCount = 0;
        _handler = -1;
        _epoch++;
        if (_numbers.Length < body.LocalCount) (_numbers, _epochs, _epoch) = (new int[body.LocalCount], new int[body.LocalCount], 1);
        int bytes = body.Code.End - body.Code.Start;
        if (_used.Length < Math.Min(body.LocalCount, bytes) + 1) _used = new int[Math.Min(body.LocalCount, bytes) + 1];
        _wordLocal = wordsAreLocal ? 0 : -1;
        if (wordsAreLocal) _used[UsedCount++] = -1;
        // Each local that is named takes two bytes to name.
        _words = (Math.Min(body.LocalCount, bytes / 2) + 1 + 63) >> 6;
        IsTooLarge = false;
        if (body.LocalCount == 0 && !wordsAreLocal) return;
        _budget = 4096 + 8L * bytes;
        Collect(module, body);
        if (IsTooLarge) return;
        if (_live.Length < _words) _live = new ulong[_words];
        Flow();
    }

    private int Number(int local)
    {
        if (_epochs[local] == _epoch) return _numbers[local];
        _epochs[local] = _epoch;
        _used[UsedCount] = local;
        return _numbers[local] = UsedCount++;
    }

    /// <summary>Forward: events, constructs and what is read and written in them.</summary>
    private void Collect(Module module, FunctionBody body)
    {
        ByteReader reader = new(module.Bytes.Span, body.Instructions);
        Open(Opcode.Block);
        int deadDepth = 0;
        bool isDead = false;
        while (_depth > 0)
        {
            Opcode opcode = (Opcode)InstructionReader.ReadId(ref reader);
            bool wasDead = isDead;
            if (isDead)
            {
                if (opcode is Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable) deadDepth++;
                else if (opcode == Opcode.End && deadDepth > 0) deadDepth--;
                else if (opcode is Opcode.End or Opcode.Else && deadDepth == 0) isDead = false;
                if (isDead)
                {
                    ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                    continue;
                }
            }

            switch (opcode)
            {
                case Opcode.LocalGet:
                    int read = Number((int)reader.ReadU32("a local"));
                    Add(GetEvent, read);
                    Insert(_open[_depth - 1], 1, read);
                    break;
                case Opcode.LocalSet or Opcode.LocalTee:
                    Assign(Number((int)reader.ReadU32("a local")));
                    break;
                case Opcode.Block or Opcode.Loop or Opcode.If:
                    ImmediateSkipper.Skip(ref reader, Immediates.BlockType);
                    Open(opcode);
                    break;
                case Opcode.Else:
                    _constructs[_open[_depth - 1]].HasElse = true;
                    _constructs[_open[_depth - 1]].IsLeft = !wasDead;
                    Add(ElseEvent, _open[_depth - 1]);
                    break;
                case Opcode.End:
                    isDead = wasDead && !IsLeft(in _constructs[_open[_depth - 1]]);
                    Close();
                    break;
                case Opcode.Br:
                    Branch(BranchEvent, (int)reader.ReadU32("a label"));
                    isDead = true;
                    break;
                case Opcode.BrIf or Opcode.BrOnNull or Opcode.BrOnNonNull:
                    Branch(BranchIfEvent, (int)reader.ReadU32("a label"));
                    break;
                case Opcode.BrOnCast or Opcode.BrOnCastFail:
                    reader.ReadByte("cast flags");
                    Branch(BranchIfEvent, (int)reader.ReadU32("a label"));
                    reader.ReadS33("a heap type");
                    reader.ReadS33("a heap type");
                    break;
                case Opcode.BrTable:
                    for (ulong left = reader.ReadU32("targets") + 1UL; left > 0; left--) Branch(BranchIfEvent, (int)reader.ReadU32("a label"));
                    // Seen from behind, nothing lives but what the targets need.
                    Add(ExitEvent, 0);
                    isDead = true;
                    break;
                case Opcode.Return or Opcode.Unreachable or Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef:
                    ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                    Add(ExitEvent, 0);
                    isDead = true;
                    break;
                case Opcode.Call or Opcode.CallIndirect or Opcode.CallRef:
                    ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                    MayThrow();
                    if (_wordLocal >= 0) Assign(_wordLocal);
                    break;
                case Opcode.Throw or Opcode.ThrowRef:
                    ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                    MayThrow();
                    Add(ExitEvent, 0);
                    isDead = true;
                    break;
                case Opcode.TryTable: OpenTry(ref reader); break;
                default:
                    ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
                    break;
            }
        }
    }

    private void OpenTry(ref ByteReader reader)
    {
        ImmediateSkipper.Skip(ref reader, Immediates.BlockType);
        int first = _clauseCount;
        for (uint left = reader.ReadU32("catch clauses"); left > 0; left--)
        {
            if (reader.ReadByte("a catch clause") < 2) reader.ReadU32("a tag");
            if (_clauseCount == _clauses.Length) Array.Resize(ref _clauses, _clauseCount * 2);
            _clauses[_clauseCount++] = _open[_depth - 1 - (int)reader.ReadU32("a label")];
        }

        Open(Opcode.TryTable);
        if (_clauseCount == first) return;
        _handler = _open[_depth - 1];
        (_constructs[_handler].FirstClause, _constructs[_handler].ClauseCount) = (first, _clauseCount - first);
    }

    /// <summary>
    /// From here control may go to the clauses of all try_tables around. What their labels need lives here, too; that they are branched to is noted once.
    /// </summary>
    private void MayThrow()
    {
        if (_handler < 0) return;
        Add(ThrowEvent, _handler);
        ref int outermost = ref _constructs[_open[_depth - 1]].OutermostTarget;
        for (int handler = _handler; handler >= 0 && !_constructs[handler].IsThrownTo; handler = _constructs[handler].Handler)
        {
            ref ScannedConstruct scanned = ref _constructs[handler];
            scanned.IsThrownTo = true;
            foreach (int target in _clauses.AsSpan(scanned.FirstClause, scanned.ClauseCount))
            {
                _constructs[target].IsTargeted = true;
                outermost = Math.Min(outermost, _constructs[target].Depth);
            }
        }
    }

    /// <summary>Whether the end of a construct is reached other than by falling through to it.</summary>
    private static bool IsLeft(in ScannedConstruct construct) => construct.Opcode switch
    {
        Opcode.Loop => false,
        Opcode.If => construct.IsTargeted || construct.IsLeft || !construct.HasElse,
        _ => construct.IsTargeted,
    };

    private void Add(int kind, int payload)
    {
        if (_eventCount == _events.Length) Array.Resize(ref _events, _eventCount * 2);
        _events[_eventCount++] = (payload << EventBits) | kind;
    }

    private void Assign(int local)
    {
        Add(SetEvent, local);
        Insert(_open[_depth - 1], 0, local);
    }

    private void Branch(int kind, int depth)
    {
        int target = _open[_depth - 1 - depth];
        _constructs[target].IsTargeted = true;
        ref int outermost = ref _constructs[_open[_depth - 1]].OutermostTarget;
        outermost = Math.Min(outermost, _depth - 1 - depth);
        Add(kind, target);
    }

    private Span<ulong> Set(int construct, int which) => _sets.AsSpan((construct * SetsPerConstruct + which) * _words, _words);

    private void Insert(int construct, int which, int local)
    {
        if (!IsTooLarge) _sets[(construct * SetsPerConstruct + which) * _words + (local >> 6)] |= 1UL << local;
    }

    private void Open(Opcode opcode)
    {
        int construct = _constructCount++;
        if (construct == _constructs.Length) Array.Resize(ref _constructs, construct * 2);
        _constructs[construct] = new ScannedConstruct { Opcode = opcode, Depth = _depth, Parent = _depth == 0 ? -1 : _open[_depth - 1], Handler = _handler, OutermostTarget = int.MaxValue };
        IsTooLarge |= (long)_constructCount * _words > _budget;
        if (!IsTooLarge)
        {
            int end = _constructCount * SetsPerConstruct * _words;
            if (end > _sets.Length) Array.Resize(ref _sets, Math.Max(end, _sets.Length * 2));
            _sets.AsSpan(construct * SetsPerConstruct * _words, SetsPerConstruct * _words).Clear();
        }

        if (_depth == _open.Length) Array.Resize(ref _open, _depth * 2);
        _open[_depth++] = construct;
        Add(OpenEvent, construct);
    }

    private void Close()
    {
        int construct = _open[--_depth];
        _handler = _constructs[construct].Handler;
        Add(EndEvent, construct);
        if (_depth == 0 || IsTooLarge) return;
        ref int outermost = ref _constructs[_open[_depth - 1]].OutermostTarget;
        outermost = Math.Min(outermost, _constructs[construct].OutermostTarget);
        Join(Set(_open[_depth - 1], 0), Set(construct, 0));
        Join(Set(_open[_depth - 1], 1), Set(construct, 1));
    }

    private static void Join(Span<ulong> into, ReadOnlySpan<ulong> from)
    {
        for (int i = 0; i < into.Length; i++) into[i] |= from[i];
    }

    /// <summary>Backward: what lives at each label.</summary>
    private void Flow()
    {
        Span<ulong> live = _live.AsSpan(0, _words);
        live.Clear();
        for (int i = _eventCount - 1; i >= 0; i--)
        {
            // A bit of a set becomes a number of a list, and then a value of an edge.
            if (_listCount > _budget)
            {
                IsTooLarge = true;
                return;
            }

            int payload = _events[i] >> EventBits;
            switch (_events[i] & ((1 << EventBits) - 1))
            {
                case GetEvent: live[payload >> 6] |= 1UL << payload; break;
                case SetEvent:
                    live[payload >> 6] &= ~(1UL << payload);
                    // A call sets the words from what they were.
                    if (payload == _wordLocal) live[payload >> 6] |= 1UL << payload;
                    break;
                case ExitEvent:
                    live.Clear();
                    if (_wordLocal >= 0) live[_wordLocal >> 6] |= 1UL << _wordLocal;
                    break;
                case BranchEvent: Set(payload, 2).CopyTo(live); break;
                case BranchIfEvent: Join(live, Set(payload, 2)); break;
                case ThrowEvent: Join(live, Set(payload, 1)); break;
                case EndEvent: AtEnd(payload, live); break;
                case ElseEvent:
                    live.CopyTo(Set(payload, 1));
                    Set(payload, 2).CopyTo(live);
                    break;
                default: AtOpen(payload, live); break;
            }
        }
    }

    private void AtEnd(int construct, Span<ulong> live)
    {
        // What the body returns under Stylus' rule includes the words.
        if (construct == 0 && _wordLocal >= 0) live[_wordLocal >> 6] |= 1UL << _wordLocal;
        ref ScannedConstruct scanned = ref _constructs[construct];
        live.CopyTo(Set(construct, 2));
        if (scanned.Opcode == Opcode.Loop)
        {
            Join(Set(construct, 2), Set(construct, 1));
            // Ways out of the loop other than its end: what lives there lives also before another iteration.
            if (scanned.OutermostTarget < scanned.Depth) Join(Set(construct, 2), Set(scanned.Parent, 3));
            // Where its exceptions go lies behind it as well.
            if (scanned.Handler >= 0) Join(Set(construct, 2), Set(scanned.Handler, 1));
        }
        else if (scanned.IsTargeted || scanned.IsThrownTo || scanned.Opcode == Opcode.If) (scanned.FirstMerged, scanned.MergedCount) = List(Set(construct, 0), live);
        if (scanned.IsThrownTo) FindThrown(construct, ref scanned);
        Set(construct, 2).CopyTo(Set(construct, 3));
        if (scanned.Parent >= 0) Join(Set(construct, 3), Set(scanned.Parent, 3));
    }

    /// <summary>What an exception that leaves a try_table's body needs: what the labels of its clauses do, and those of the try_table around it.</summary>
    private void FindThrown(int construct, ref ScannedConstruct scanned)
    {
        Span<ulong> thrown = Set(construct, 1);
        thrown.Clear();
        foreach (int target in _clauses.AsSpan(scanned.FirstClause, scanned.ClauseCount)) Join(thrown, Set(target, 2));
        if (scanned.Handler >= 0) Join(thrown, Set(scanned.Handler, 1));
        (scanned.FirstThrown, scanned.ThrownCount) = List(Set(construct, 0), thrown);
    }

    private void AtOpen(int construct, Span<ulong> live)
    {
        ref ScannedConstruct scanned = ref _constructs[construct];
        if (scanned.Opcode == Opcode.If)
        {
            Join(live, Set(construct, scanned.HasElse ? 1 : 2));
            (scanned.FirstAssigned, scanned.AssignedCount) = List(Set(construct, 0), Set(construct, 0));
        }
        else if (scanned.Opcode == Opcode.Loop && scanned.IsTargeted)
        {
            (scanned.FirstMerged, scanned.MergedCount) = List(Set(construct, 0), live);
        }
    }

    /// <summary>The members of both sets, as a list.</summary>
    private (int First, int Count) List(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        int first = _listCount;
        for (int i = 0; i < a.Length; i++)
        {
            for (ulong left = a[i] & b[i]; left != 0; left &= left - 1)
            {
                if (_listCount == _lists.Length) Array.Resize(ref _lists, _listCount * 2);
                _lists[_listCount++] = (i << 6) + BitOperations.TrailingZeroCount(left);
            }
        }

        return (first, _listCount - first);
    }
}
