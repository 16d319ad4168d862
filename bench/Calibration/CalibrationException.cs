using System;

namespace ContractVm.Calibration;

/// <summary>The calibration itself is wrong: a module of its library is refused, or ends in another way than it should.</summary>
public sealed class CalibrationException(string message) : Exception(message);
