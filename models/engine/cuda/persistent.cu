#include "models/engine/cuda/check.h"
#include "models/engine/cuda/element.h"
#include "models/engine/cuda/exchange.h"
#include "models/engine/cuda/group_product.h"
#include "models/engine/cuda/persistent.h"

namespace recur::engine::cuda {
namespace {

/// A step as one block sees it.
struct Moment {
  int64_t offset = 0;  ///< packed row of the batch's first sequence
  int alive = 0;       ///< sequences of the group

  __device__ static Moment at(const Part& part, int64_t place) {
    const auto& course = part.course;
    if (place < 0 || place >= course.steps) return {};
    const int64_t t = course.reverse ? course.steps - 1 - place : place;
    if (course.rows == nullptr) return {.offset = t * course.batch, .alive = part.rows};
    return {.offset = course.rows[course.steps + t], .alive = part.of_group(course.rows[t])};
  }
};

/// The one unit of one sequence that a thread has.
struct Own {
  int row, unit;             // of the group, of the block
  int64_t sequence, hidden;  // of the batch, of the layer
  bool is_there;

  __device__ Own(const Part& part, const Spread& spread)
      : row(static_cast<int>(threadIdx.x) / spread.units),
        unit(static_cast<int>(threadIdx.x) % spread.units),
        sequence(part.row_of_batch(row)),
        hidden(part.first_unit + unit),
        is_there(row < part.rows && unit < part.units) {}

  __device__ bool is_alive(const Moment& moment) const { return is_there && row < moment.alive; }
};

/// States before the first step (backward: gradients of those behind the last), and per-unit parameters.
template <class Cell, class Step>
__device__ void load_given(const Own& own, const Course& course, const Step& step, float* states, float* parameters) {
  if (!own.is_there) return;
  for (int s = 0; s < Element<Cell>::P::kProgram.states; ++s) {
    states[s] = course.given[s] != nullptr ? course.given[s][own.sequence * step.units + own.hidden] : 0;
  }
  for (int u = 0; u < Element<Cell>::kUnits; ++u) parameters[u] = step.unit_parameters[u][own.hidden];
}

/// What a thread holds for it.
template <class Cell, int kRows>
struct Forward {
  using E = Element<Cell>;
  static constexpr int kStates = E::P::kProgram.states;

  const Own& own;
  const GroupProduct<kRows>& product;
  int64_t row, unit, width;  // of the step's pointers
  int units;
  float states[kStates] = {}, bias[E::kGates] = {}, parameters[E::kUnits + 1] = {};
  float sums[E::kGates] = {}, later[E::kGates] = {};  // of the step to come and of the one after

  __device__ Forward(const Own& of, const GroupProduct<kRows>& of_group, const Course& course, const StepForward& step,
                     const Spread& spread)
      : own(of), product(of_group), row(of.sequence), unit(of.hidden), width(step.units), units(spread.units) {
    load_given<Cell>(own, course, step, states, parameters);
    for (int gate = 0; gate < E::kGates; ++gate) {
      if (own.is_there && step.bias_h != nullptr) bias[gate] = step.bias_h[gate * width + unit];
    }
  }
  /// Moves on by a step, and begins to load what the step after the next needs.
  __device__ void look_ahead(const StepForward& whole, const Moment& moment) {
    for (int gate = 0; gate < E::kGates; ++gate) sums[gate] = later[gate];
    if (!own.is_alive(moment)) return;
    const float* const from = whole.sums + ((moment.offset + row) * E::kGates) * width + unit;
    for (int gate = 0; gate < E::kGates; ++gate) later[gate] = from[gate * width];
  }

  __device__ int64_t of_gate(int gate) const { return (row * E::kGates + gate) * width + unit; }
  __device__ float state(int s) const { return states[s]; }
  __device__ float unit_parameter(int u) const { return parameters[u]; }
  __device__ float apart_x(int gate) const { return sums[gate]; }
  __device__ float apart_h(int gate, int /*position*/) const {
    return product.at(own.row, gate * units + own.unit) + bias[gate];
  }
  __device__ float sum(int gate) const { return apart_x(gate) + apart_h(gate, 0); }
};

template <class Cell, int kRows, template <int> class Exchange>
__global__ void __launch_bounds__(Spread::kThreads, 1)
    forward_layer(const __grid_constant__ Course course, const __grid_constant__ Spread spread,
                  const __grid_constant__ StepForward whole) {
  using E = Element<Cell>;
  constexpr auto next = E::P::kProgram.next_state;
  constexpr int kStates = E::P::kProgram.states;
  extern __shared__ float4 shared[];
  const int64_t H = whole.units;
  const Part part(course, spread, H);
  GroupProduct<kRows> product(spread, reinterpret_cast<float*>(shared));
  Exchange<kRows> exchange(part, spread, product);

  // A thread takes four of a row's numbers, its neighbours the same of other rows, so that they use other banks.
  float* const weights = product.weights();
#pragma unroll 4
  for (int place = static_cast<int>(threadIdx.x); place < spread.depth / 4 * spread.columns;
       place += Spread::kThreads) {
    const int column = place % spread.columns, first = 4 * (place / spread.columns);
    const int gate = column / spread.units, unit = column % spread.units;
    const bool is_there = gate < E::kGates && unit < part.units;
    const float* const from = course.weight + (gate * H + part.first_unit + unit) * H;
#pragma unroll
    for (int k = first; k < first + 4; ++k) weights[k * spread.columns + column] = is_there && k < H ? from[k] : 0;
  }
  const Own own(part, spread);
  Forward<Cell, kRows> mine(own, product, course, whole, spread);
  exchange.begin(course.given[0], H);
  auto now = Moment::at(part, 0), coming = Moment::at(part, 1);
  mine.look_ahead(whole, now);
  mine.look_ahead(whole, coming);
  for (int64_t place = 0; place < course.steps; ++place) {
    const auto later = Moment::at(part, place + 2);
    if (now.alive > 0) {
      const bool is_alive = own.is_alive(now);
      exchange.multiply(now.alive);
      Element<Cell> element;
      float before[kStates];
      if (is_alive) {
        element = evaluate<Cell>(mine);
        exchange.show(own.row, own.hidden, element.value[next[0]]);
        for (int s = 0; s < kStates; ++s) {
          before[s] = mine.states[s];
          mine.states[s] = element.value[next[s]];
        }
      }
      exchange.publish(now.alive, H);
      if (is_alive) {
        const auto step = whole.at_row(now.offset, E::widths());
        const int64_t at = own.sequence * H + own.hidden;
        keep(element, step, mine);
        for (int s = 0; s < kStates; ++s) {
          if (step.kept[s] != nullptr) step.kept[s][at] = before[s];
        }
        step.output[at] = mine.states[0];
      }
    }
    mine.look_ahead(whole, later);
    now = coming;
    coming = later;
  }
  exchange.end();
  if (!own.is_there) return;
  for (int s = 0; s < kStates; ++s) whole.states[s][own.sequence * H + own.hidden] = mine.states[s];
}

template <class Cell>
struct Backward {
  using E = Element<Cell>;
  static constexpr int kStates = E::P::kProgram.states;
  struct Step {
    float sums[E::kGates] = {}, apart[E::kApart + 1] = {}, previous[kStates] = {}, of_output = 0;
  };

  const Own& own;
  int64_t row, unit, width;
  float of_states[kMostStates] = {}, parameters[E::kUnits + 1] = {};
  Step now, later;  // the step to come and the one after

  __device__ Backward(const Own& of, const Course& course, const StepBackward& step)
      : own(of), row(of.sequence), unit(of.hidden), width(step.units) {
    load_given<Cell>(own, course, step, of_states, parameters);
  }
  /// Moves on by a step, and begins to load what the step after the next needs.
  __device__ void look_ahead(const StepBackward& whole, const Moment& moment) {
    now = later;
    if (!own.is_alive(moment)) return;
    const int64_t packed = moment.offset + row;
    for (int gate = 0; gate < E::kGates; ++gate) {
      later.sums[gate] = whole.sums[(packed * E::kGates + gate) * width + unit];
    }
    for (int k = 0; k < E::kApart; ++k) later.apart[k] = whole.apart[(packed * E::kApart + k) * width + unit];
    for (int s = 0; s < kStates; ++s) later.previous[s] = whole.previous[s][packed * width + unit];
    if (whole.output_gradient != nullptr) later.of_output = whole.output_gradient[packed * width + unit];
  }

  __device__ int64_t of_gate(int gate) const { return (row * E::kGates + gate) * width + unit; }
  __device__ float state(int s) const { return now.previous[s]; }
  __device__ float unit_parameter(int u) const { return parameters[u]; }
  __device__ float sum(int gate) const { return now.sums[gate]; }
  __device__ float apart_x(int gate) const { return now.sums[gate]; }
  __device__ float apart_h(int /*gate*/, int position) const { return now.apart[position]; }
};

template <class Cell, int kRows, template <int> class Exchange>
__global__ void __launch_bounds__(Spread::kThreads, 1)
    backward_layer(const __grid_constant__ Course course, const __grid_constant__ Spread spread,
                   const __grid_constant__ StepBackward whole) {
  using E = Element<Cell>;
  extern __shared__ float4 shared[];
  const int64_t H = whole.units;
  const Part part(course, spread, H);
  GroupProduct<kRows> product(spread, reinterpret_cast<float*>(shared));
  Exchange<kRows> exchange(part, spread, product);

  float* const weights = product.weights();
#pragma unroll 8
  for (int place = static_cast<int>(threadIdx.x); place < spread.depth * spread.columns; place += Spread::kThreads) {
    const int k = place / spread.columns, unit = place % spread.columns;
    const bool is_there = k < E::kGates * H && unit < part.units;
    weights[place] = is_there ? course.weight[k * H + part.first_unit + unit] : 0;
  }
  const Own own(part, spread);
  Backward<Cell> mine(own, course, whole);
  exchange.begin(nullptr, E::kGates * H);
  auto now = Moment::at(part, course.steps - 1), coming = Moment::at(part, course.steps - 2);
  mine.look_ahead(whole, now);
  mine.look_ahead(whole, coming);
  for (int64_t place = course.steps; place-- > 0;) {
    const auto later = Moment::at(part, place - 2);
    const bool is_alive = own.is_alive(now);
    Element<Cell> element;
    if (is_alive) {
      element = reverse<Cell>(mine, mine.of_states, mine.now.of_output);
      for_each_of_h(element,
                    [&](int gate, float gradient) { exchange.show(own.row, gate * H + own.hidden, gradient); });
    }
    if (now.alive > 0) exchange.publish(now.alive, E::kGates * H);
    if (is_alive) {
      store_gradients(element, whole.at_row(now.offset, E::widths()), mine);
      for_each_of_state(element, [&](int s, float gradient) { mine.of_states[s] = gradient; });
    }
    mine.look_ahead(whole, later);
    if (now.alive > 0) exchange.multiply(now.alive);
    if (is_alive) mine.of_states[0] += product.at(own.row, own.unit);
    now = coming;
    coming = later;
  }
  exchange.end();
  if (!own.is_there) return;
  for (int s = 0; s < E::P::kProgram.states; ++s) {
    whole.state_gradient[s][own.sequence * H + own.hidden] = mine.of_states[s];
  }
}

template <class Step>
void launch(void (*kernel)(Course, Spread, Step), const Course& course, const Spread& spread, const Step& step,
            void* stream) {
  const auto* const function = reinterpret_cast<const void*>(kernel);
  check(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(spread.shared_bytes)));
  cudaLaunchAttribute attribute{};
  if (spread.is_cluster) {
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim = {static_cast<unsigned>(spread.blocks), 1, 1};
    check(cudaFuncSetAttribute(function, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
  } else {
    attribute.id = cudaLaunchAttributeCooperative;
    attribute.val.cooperative = 1;
  }
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(spread.groups * spread.blocks));
  config.blockDim = dim3(Spread::kThreads);
  config.dynamicSmemBytes = spread.shared_bytes;
  config.stream = static_cast<cudaStream_t>(stream);
  config.attrs = &attribute;
  config.numAttrs = 1;
  void* arguments[] = {const_cast<Course*>(&course), const_cast<Spread*>(&spread), const_cast<Step*>(&step)};
  check(cudaLaunchKernelExC(&config, function, arguments));
}

template <class Cell, template <int> class Exchange>
auto forward_of(int rows) {
  if (rows == 1) return &forward_layer<Cell, 1, Exchange>;
  return rows == 2 ? &forward_layer<Cell, 2, Exchange> : &forward_layer<Cell, 4, Exchange>;
}
template <class Cell, template <int> class Exchange>
auto backward_of(int rows) {
  if (rows == 1) return &backward_layer<Cell, 1, Exchange>;
  return rows == 2 ? &backward_layer<Cell, 2, Exchange> : &backward_layer<Cell, 4, Exchange>;
}

template <class Cell>
struct Persistent {
  static void forward(const Course& course, const Spread& spread, const StepForward& step, void* stream) {
    const auto kernel = spread.is_cluster ? forward_of<Cell, ExchangeInCluster>(spread.thread_rows)
                                          : forward_of<Cell, ExchangeInL2>(spread.thread_rows);
    launch(kernel, course, spread, step, stream);
  }
  static void backward(const Course& course, const Spread& spread, const StepBackward& step, void* stream) {
    const auto kernel = spread.is_cluster ? backward_of<Cell, ExchangeInCluster>(spread.thread_rows)
                                          : backward_of<Cell, ExchangeInL2>(spread.thread_rows);
    launch(kernel, course, spread, step, stream);
  }
};

__global__ void probe() {}

}  // namespace

PersistentKernels persistent_kernels(size_t cell) {
  return pick_kernels<PersistentKernels, Persistent>(cells::Catalog{}, cell);
}

Capacity capacity_of_device() {
  const auto attribute = [](cudaDeviceAttr which) {
    int device = 0, value = 0;
    check(cudaGetDevice(&device));
    check(cudaDeviceGetAttribute(&value, which, device));
    return value;
  };
  cudaFuncAttributes compiled{};
  check(cudaFuncGetAttributes(&compiled, reinterpret_cast<const void*>(&probe)));
  constexpr int kWithClusters = 90;  // code made for less has no cluster operations, wherever it runs
  return {.blocks = attribute(cudaDevAttrMultiProcessorCount),
          .shared_bytes = static_cast<size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin)),
          .has_clusters = attribute(cudaDevAttrClusterLaunch) != 0 && compiled.ptxVersion >= kWithClusters};
}

}  // namespace recur::engine::cuda
