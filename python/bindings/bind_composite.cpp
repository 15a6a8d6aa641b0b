#include "bindings.hpp"
#include "py_outer_function.hpp"
#include "py_penalty.hpp"
#include "scope/program_penalty.hpp"
#include "scope/quadratic_form.hpp"

namespace scope::bindings {

namespace {

struct OuterOwner {
  std::unique_ptr<OuterFunction> outer;
};

/// Owns g; the matrix is kept alive by Python.
class PyComposite : private OuterOwner, public CompositeObjective {
 public:
  PyComposite(const DesignMatrix& design, std::unique_ptr<OuterFunction> function,
              const Bounds& bounds)
      : OuterOwner{std::move(function)},
        CompositeObjective(design, *OuterOwner::outer, bounds) {}
};

struct PenaltyOwner {
  std::unique_ptr<SeparableFunction> penalty;
};

/// Owns the penalty; the objective is kept alive by Python.
class PyPenalised : private PenaltyOwner, public PenalisedObjective {
 public:
  PyPenalised(Objective& objective, std::unique_ptr<SeparableFunction> function)
      : PenaltyOwner{std::move(function)},
        PenalisedObjective(objective, *PenaltyOwner::penalty) {}
};

std::unique_ptr<PyComposite> make_composite(const DesignMatrix& design, py::function evaluate,
                                            OuterCurvature curvature, py::object hessian_products,
                                            SampleTable samples, bool quadratic, double lower,
                                            double upper) {
  OuterDescription description{design.rows(), curvature, quadratic, std::move(samples)};
  return std::make_unique<PyComposite>(
      design,
      std::make_unique<PyOuterFunction>(std::move(description), std::move(evaluate),
                                        std::move(hessian_products)),
      Bounds{lower, upper});
}

using BoundProduct = std::tuple<std::shared_ptr<ArrayProgram>, std::vector<Vector>, IndexList>;

std::unique_ptr<PyComposite> make_native(const DesignMatrix& design,
                                         std::shared_ptr<ArrayProgram> program,
                                         std::vector<Vector> constants, OuterCurvature curvature,
                                         std::optional<BoundProduct> product, SampleTable samples,
                                         bool quadratic, double lower, double upper) {
  std::optional<HessianProduct> described;
  if (product) {
    auto& [of_direction, known, carried] = *product;
    described = HessianProduct{std::move(of_direction), std::move(known), std::move(carried)};
  }
  ProgramFunction::Traits traits{curvature, quadratic, std::move(samples)};
  return std::make_unique<PyComposite>(
      design,
      std::make_unique<ProgramFunction>(std::move(program), std::move(constants), std::move(traits),
                                        std::move(described)),
      Bounds{lower, upper});
}

std::unique_ptr<QuadraticForm> make_form(const DesignMatrix& matrix, const DesignMatrix& transposed,
                                         Vector diagonal, Vector linear, double scale,
                                         double constant) {
  return std::make_unique<QuadraticForm>(
      matrix, transposed,
      QuadraticForm::Terms{constant, std::move(linear), scale, std::move(diagonal)});
}

/// The outputs of a program, which lets go of its memory at once.
std::vector<Vector> evaluate(const std::shared_ptr<ArrayProgram>& program,
                             std::vector<Vector> constants, const Vector& input) {
  ArrayEvaluator evaluator(program, std::move(constants));
  evaluator.run(input);
  std::vector<Vector> outputs;
  for (std::size_t i = 0; i < program->outputs().size(); ++i)
    outputs.push_back(evaluator.output(static_cast<Index>(i)));
  return outputs;
}

void bind_program(py::module_& module) {
  py::class_<ArrayProgram, std::shared_ptr<ArrayProgram>>(module, "ArrayProgram")
      .def(py::init<Index>(), py::arg("input_size"))
      .def("constant", &ArrayProgram::constant, py::arg("size"))
      .def("entrywise", &ArrayProgram::entrywise, py::arg("operation"), py::arg("operands"))
      .def("sum", &ArrayProgram::sum, py::arg("operand"), py::arg("width"))
      .def("maximum", &ArrayProgram::maximum, py::arg("operand"), py::arg("width"))
      .def("prefix_sum", &ArrayProgram::prefix_sum, py::arg("operand"), py::arg("width"))
      .def("take", &ArrayProgram::take, py::arg("operand"), py::arg("places"))
      .def("put", &ArrayProgram::put, py::arg("base"), py::arg("size"), py::arg("values"),
           py::arg("places"))
      .def("gather", &ArrayProgram::gather, py::arg("operand"), py::arg("places"),
           py::arg("outside"))
      .def("scatter", &ArrayProgram::scatter, py::arg("base"), py::arg("size"), py::arg("values"),
           py::arg("places"))
      .def("scatter_add", &ArrayProgram::scatter_add, py::arg("base"), py::arg("size"),
           py::arg("values"), py::arg("places"))
      .def("output", &ArrayProgram::output, py::arg("index"))
      .def("size", &ArrayProgram::size, py::arg("index"))
      .def("evaluate", &evaluate, py::arg("constants"), py::arg("input"))
      .def_static("operations", [] {
        py::set names;
        for (const auto& [name, entry] : kernels())
          names.add(name);
        return names;
      });
}

void bind_penalised(py::module_& module) {
  py::class_<PyPenalised, Objective>(module, "Penalised")
      .def(py::init([](Objective& objective, Vector slope, Vector curvature, double constant) {
             return std::make_unique<PyPenalised>(
                 objective, std::make_unique<QuadraticPenalty>(constant, std::move(slope),
                                                               std::move(curvature)));
           }),
           py::arg("objective"), py::arg("slope"), py::arg("curvature"), py::arg("constant"),
           py::keep_alive<1, 2>())
      .def(py::init([](Objective& objective, Vector slope_at_zero, Vector curvature_at_zero,
                       py::function evaluate) {
             return std::make_unique<PyPenalised>(
                 objective,
                 std::make_unique<PyPenalty>(std::move(slope_at_zero), std::move(curvature_at_zero),
                                             std::move(evaluate)));
           }),
           py::arg("objective"), py::arg("slope_at_zero"), py::arg("curvature_at_zero"),
           py::arg("evaluate"), py::keep_alive<1, 2>())
      .def(py::init([](Objective& objective, std::shared_ptr<ArrayProgram> program,
                       std::vector<Vector> constants) {
             return std::make_unique<PyPenalised>(
                 objective,
                 std::make_unique<ProgramPenalty>(std::move(program), std::move(constants)));
           }),
           py::arg("objective"), py::arg("program"), py::arg("constants"), py::keep_alive<1, 2>());
}

}  // namespace

void bind_composite(py::module_& module) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  py::native_enum<OuterCurvature>(module, "OuterCurvature", "enum.Enum")
      .value("diagonal", OuterCurvature::diagonal)
      .value("low_rank", OuterCurvature::low_rank)
      .value("blocks", OuterCurvature::blocks)
      .value("products", OuterCurvature::products)
      .finalize();
  bind_program(module);
  py::class_<PyComposite, Objective>(module, "Composite")
      .def(py::init(&make_composite), py::arg("design"), py::arg("evaluate"), py::kw_only(),
           py::arg("curvature") = OuterCurvature::diagonal,
           py::arg("hessian_products") = py::none(), py::arg("samples") = SampleTable(),
           py::arg("quadratic") = false, py::arg("lower") = -kInfinity,
           py::arg("upper") = kInfinity, py::keep_alive<1, 2>())
      .def(py::init(&make_native), py::arg("design"), py::arg("program"), py::arg("constants"),
           py::kw_only(), py::arg("curvature") = OuterCurvature::diagonal,
           py::arg("product") = py::none(), py::arg("samples") = SampleTable(),
           py::arg("quadratic") = false, py::arg("lower") = -kInfinity,
           py::arg("upper") = kInfinity, py::keep_alive<1, 2>());
  py::class_<QuadraticForm, Objective>(module, "QuadraticForm")
      .def(py::init(&make_form), py::arg("matrix"), py::arg("transposed"), py::arg("diagonal"),
           py::arg("linear"), py::kw_only(), py::arg("scale") = 1.0, py::arg("constant") = 0.0,
           py::keep_alive<1, 2>(), py::keep_alive<1, 3>());
  bind_penalised(module);
}

}  // namespace scope::bindings
