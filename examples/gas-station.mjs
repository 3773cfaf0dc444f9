// A simulation: a gas station with two pumps and a tank that a truck refills, after SimPy's example `gas_station_refuel`.
// Its output is SimPy's own, simulation/gas-station.out, drawn numbers included.

import { Server, taskModule } from 'threaded-async'

const { station } = taskModule(new URL('./simulation/gas-station.mjs', import.meta.url))

console.log('Gas Station refuelling')
const server = new Server()
server.createBackgroundTask(station, [server.createClient(), { seed: 42 }])
while (server.advance({ until: 1000 }) !== undefined);
server.close()
