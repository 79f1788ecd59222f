// Time the parts of a PhysiCell run: the fields, and a call for the cells with and without mechanics and phenotype.
// It takes the place of main.cpp of PhysiCell's project `template`; the project's custom modules stay as they are.
//
//     ./project settings.xml     after 10 minutes that are not counted, max_time minutes are; prints one JSON line

#include <cstdio>
#include <ctime>
#include <iostream>
#include <omp.h>

#include "./core/PhysiCell.h"
#include "./custom_modules/custom.h"
#include "./modules/PhysiCell_standard_modules.h"

using namespace BioFVM;
using namespace PhysiCell;

static double now()
{
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); // other work on the machine does not count
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

struct Part
{
    double seconds = 0;
    double cells = 0; // summed over calls
    long calls = 0;
    void add(double spent) { seconds += spent, cells += all_cells->size(), ++calls; }
};

static void print(const char *name, const Part &p)
{
    std::printf("\"%s\": {\"seconds\": %.9g, \"calls\": %ld, \"cells\": %.0f}, ", name, p.seconds, p.calls, p.cells);
}

int main(int argc, char *argv[])
{
    if (argc != 2 || !load_PhysiCell_config_file(argv[1])) return 1;
    omp_set_num_threads(PhysiCell_settings.omp_num_threads);
    setup_microenvironment();
    Cell_Container *cells = create_cell_container_for_microenvironment(microenvironment, 30.0);
    create_cell_types();
    setup_tissue();

    const long every_mechanics = std::lround(mechanics_dt / diffusion_dt);
    const long every_phenotype = std::lround(phenotype_dt / diffusion_dt);
    const long warm = std::lround(10.0 / diffusion_dt);
    const long last = warm + std::lround(PhysiCell_settings.max_time / diffusion_dt);
    Part fields, exchange, mechanics, phenotype;
    for (long k = 0; k < last; ++k) {
        double began = now();
        microenvironment.simulate_diffusion_decay(diffusion_dt);
        double between = now();
        cells->update_all_cells(PhysiCell_globals.current_time);
        double ended = now();
        PhysiCell_globals.current_time += diffusion_dt;
        if (k < warm) continue;
        fields.add(between - began);
        Part &part = k % every_phenotype == 0 ? phenotype : k % every_mechanics == 0 ? mechanics : exchange;
        part.add(ended - between);
    }
    std::printf("\n{");
    print("fields", fields), print("exchange", exchange), print("mechanics", mechanics), print("phenotype", phenotype);
    std::printf("\"voxels\": %zu, \"substrates\": %u, \"minutes\": %g, \"dt\": [%g, %g, %g]}\n",
                microenvironment.mesh.voxels.size(), microenvironment.number_of_densities(),
                PhysiCell_settings.max_time, diffusion_dt, mechanics_dt, phenotype_dt);
    return 0;
}
