// Types to try the comparison on.

type JsonEncodedValue<T> = string;

export type Sailor = {name: string; age: number};

export type Mate = Sailor & {knots: number};

export type Race = {course: string};

export type Cruise = {captain: Sailor};

export type Boat = {
    name: string;
    afloat: boolean;
    nickname?: string;
    light: 'red' | 'green';
    berth: string | null;
    crew: Sailor[];
    cook: Sailor & {knives: number};
    mate: Mate;
    cargo: string | Sailor[];
    depths: Record<string, number>;
    posts: Map<string, Sailor>;
    trip: Race | Cruise;
    diary: JsonEncodedValue<Sailor>;
    anything: unknown;
};
