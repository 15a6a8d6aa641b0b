#include "bindings.hpp"
#include "callback_timer.hpp"
#include "py_fitter.hpp"
#include "scope/solvers/path.hpp"
#include "scope/solvers/screening.hpp"

namespace scope::bindings {

namespace {

/// Fits by a user's numeric_solver if there is one; runs without the interpreter lock.
class Runner {
 public:
  Runner(SupportFitter* numeric_solver, PyMonitor* monitor)
      : monitor_(monitor != nullptr ? *monitor : own_monitor_),
        fitter_(numeric_solver != nullptr ? *numeric_solver : default_fitter_) {}

  std::vector<LevelResult> path(Objective& objective, const Problem& problem,
                                const IndexList& levels, const PathStart& start,
                                const SplicingOptions& options) {
    const py::gil_scoped_release unlocked;
    monitor_.begin();
    solve_path(objective, problem, levels, start, fitter_, options, monitor_, monitor_.levels);
    return monitor_.levels;
  }

  IndexList screened(Objective& objective, const Problem& problem, Index count) {
    const py::gil_scoped_release unlocked;
    return screen(objective, problem, count, fitter_, monitor_);
  }

  Fit fit(Objective& objective, const IndexList& variables, const Vector& start,
          double null_value) {
    const py::gil_scoped_release unlocked;
    monitor_.poll();
    FitGoal goal{{null_value}};
    goal.monitor = &monitor_;
    const Fit found = fitter_.fit(objective, variables, start, goal);
    return fitter_.refine(objective, variables, found, goal);
  }

 private:
  PyMonitor own_monitor_{std::nullopt, py::none(), py::none()};
  PyMonitor& monitor_;
  DefaultFitter default_fitter_{FitOptions{}};
  SupportFitter& fitter_;
};

void bind_functions(py::module_& module) {
  module.def(
      "solve_path",
      [](Objective& objective, const Problem& problem, const IndexList& levels,
         const PathStart& start, const SplicingOptions& options, SupportFitter* numeric_solver,
         PyMonitor* monitor) {
        return Runner(numeric_solver, monitor).path(objective, problem, levels, start, options);
      },
      py::arg("objective"), py::arg("problem"), py::arg("levels"), py::arg("start"),
      py::arg("options"), py::kw_only(), py::arg("numeric_solver") = py::none(),
      py::arg("monitor") = py::none());
  module.def(
      "screen",
      [](Objective& objective, const Problem& problem, Index count, SupportFitter* numeric_solver,
         PyMonitor* monitor) {
        return Runner(numeric_solver, monitor).screened(objective, problem, count);
      },
      py::arg("objective"), py::arg("problem"), py::arg("count"), py::kw_only(),
      py::arg("numeric_solver") = py::none(), py::arg("monitor") = py::none());
  module.def(
      "fit",
      [](Objective& objective, const IndexList& variables, const Vector& start, double null_value,
         PyMonitor* monitor) {
        Fit fit = Runner(nullptr, monitor).fit(objective, variables, start, null_value);
        return py::make_tuple(fit.value, Vector(fit.values), fit.status);
      },
      py::arg("objective"), py::arg("variables"), py::arg("start"), py::arg("null_value"),
      py::kw_only(), py::arg("monitor") = py::none());
}

void bind_options(py::module_& module) {
  py::native_enum<ExchangeSequence>(module, "ExchangeSequence", "enum.Enum")
      .value("halve", ExchangeSequence::halve)
      .value("taper", ExchangeSequence::taper)
      .finalize();
  py::native_enum<SwapPolish>(module, "SwapPolish", "enum.Enum")
      .value("off", SwapPolish::off)
      .value("screened", SwapPolish::screened)
      .value("exhaustive", SwapPolish::exhaustive)
      .finalize();
  py::class_<SplicingOptions>(module, "SplicingOptions")
      .def(py::init<>())
      .def_readwrite("max_iterations", &SplicingOptions::max_iterations)
      .def_readwrite("max_exchange", &SplicingOptions::max_exchange)
      .def_readwrite("dynamic_max_exchange", &SplicingOptions::dynamic_max_exchange)
      .def_readwrite("greedy", &SplicingOptions::greedy)
      .def_readwrite("sequence", &SplicingOptions::sequence)
      .def_readwrite("important_search", &SplicingOptions::important_search)
      .def_readwrite("threshold", &SplicingOptions::threshold)
      .def_readwrite("polish", &SplicingOptions::polish)
      .def_readwrite("polish_effort", &SplicingOptions::polish_effort)
      .def_readwrite("use_curvature", &SplicingOptions::use_curvature);
}

void bind_results(py::module_& module) {
  py::native_enum<Status>(module, "Status", "enum.Enum")
      .value("converged", Status::converged)
      .value("stalled", Status::stalled)
      .value("iteration_limit", Status::iteration_limit)
      .value("unbounded", Status::unbounded)
      .value("time_limit", Status::time_limit)
      .value("stopped", Status::stopped)
      .value("non_finite", Status::non_finite)
      .value("abandoned", Status::abandoned)
      .finalize();
  py::class_<Evaluations>(module, "Evaluations")
      .def_readonly("gradients", &Evaluations::gradients)
      .def_readonly("hessians", &Evaluations::hessians)
      .def_readonly("curvatures", &Evaluations::curvatures);
  py::class_<LevelResult>(module, "LevelResult")
      .def_readonly("sparsity", &LevelResult::sparsity)
      .def_readonly("groups", &LevelResult::groups)
      .def_property_readonly("params",
                             [](const LevelResult& level) { return Vector(level.params); })
      .def_readonly("value", &LevelResult::value)
      .def_readonly("status", &LevelResult::status)
      .def_property_readonly("swap_optimal",
                             [](const LevelResult& level) { return to_string(level.swap_optimal); })
      .def_readonly("iterations", &LevelResult::iterations)
      .def_readonly("exchanges", &LevelResult::exchanges)
      .def_readonly("evaluations", &LevelResult::evaluations)
      .def_readonly("stationarity", &LevelResult::stationarity)
      .def_readonly("relative_stationarity", &LevelResult::relative_stationarity);
}

void bind_monitor(py::module_& module) {
  py::class_<PyMonitor>(module, "Monitor")
      .def(py::init<std::optional<double>, py::object, py::object>(),
           py::arg("seconds") = py::none(), py::arg("hook") = py::none(),
           py::arg("accepted") = py::none())
      .def_property_readonly("status",
                             [](const PyMonitor& self) -> std::optional<Status> {
                               if (!self.stops()) return std::nullopt;
                               return status_of(self.stop());
                             })
      .def_property_readonly("incumbent", [](const PyMonitor& self) { return self.incumbent(); })
      .def_property_readonly("levels", [](const PyMonitor& self) { return self.levels; });
}

}  // namespace

void bind_solvers(py::module_& module) {
  bind_options(module);
  bind_results(module);
  bind_monitor(module);
  py::class_<Problem>(module, "Problem")
      .def(py::init<Groups, IndexList>(), py::arg("groups"), py::arg("preselect") = IndexList{});
  py::class_<PathStart>(module, "PathStart")
      .def(py::init<Vector, IndexList, std::optional<double>>(), py::arg("params"),
           py::arg("support") = IndexList{}, py::arg("null_value") = py::none());
  py::class_<SupportFitter>(module, "SupportFitter");
  py::class_<PyFitter, SupportFitter>(module, "NumericSolver")
      .def(py::init<py::function>(), py::arg("minimise"));
  bind_functions(module);
  module.def("callback_seconds", &CallbackTimer::seconds);
}

}  // namespace scope::bindings
